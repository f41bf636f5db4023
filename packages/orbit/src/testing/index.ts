export { chaotic, type Fault } from './chaos.ts'
export type { TestApp, TestSessions } from './client/app-sessions.ts'
export type { TestTarget } from './client/browser.ts'
export type { TestClient } from './client/client.ts'
export { type TestClientOptions, testClient } from './client/create.ts'
export type { BrowserCookie, BrowserState } from './client/jar.ts'
export type { TestMessage } from './client/message.ts'
export type { TestSession, TestSetup, TestSignIn } from './client/stored.ts'
export { type TestClock, type TimeStep, testClock } from './clock.ts'
export {
  type ContractContext,
  type ContractRunner,
  describeSessionStore,
  type OpenStores,
  type StoresUnderTest,
  type TransactionUnderTest,
} from './contract.ts'
