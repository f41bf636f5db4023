export { chaotic, type Fault } from './chaos.ts'
export {
  type TestClient,
  type TestClientOptions,
  type TestMessage,
  type TestTarget,
  testClient,
} from './client.ts'
export {
  type ContractContext,
  type ContractRunner,
  describeSessionStore,
  type OpenStores,
  type StoresUnderTest,
} from './contract.ts'
