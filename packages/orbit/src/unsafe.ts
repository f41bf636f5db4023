import { onDemand } from './on-demand.ts'

export { checkOf } from './csrf/guard.ts'

type Checking = typeof import('./checking.ts')

/** An app whose requests are all safe never loads it. */
const checking = onDemand(() => import('./checking.ts'))

export async function refuse(...given: Parameters<Checking['refuse']>) {
  return (await checking()).refuse(...given)
}

export async function refuseSecond(...given: Parameters<Checking['refuseSecond']>) {
  return (await checking()).refuseSecond(...given)
}
