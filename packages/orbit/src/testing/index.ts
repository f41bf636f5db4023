export { chaotic, type Fault } from './chaos.ts'
export {
  type ContractContext,
  type ContractRunner,
  describeSessionStore,
  type OpenStores,
  type StoresUnderTest,
} from './contract.ts'
