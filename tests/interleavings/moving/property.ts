import { newMark } from '../../../packages/orbit/src/session/marks.ts'
import { isInTransit } from '../../../packages/orbit/src/stores/moving/records.ts'
import type { SessionRecord, SessionStore } from '../../../packages/orbit/src/stores/store.ts'
import type { Actor, MovingCase } from './case.ts'
import type { MovingModules } from './modules.ts'
import { type Call, couldBeOneMap } from './one-map.ts'
import { FailedCall, Medium, Turns, wayTo } from './world.ts'

const key = 'key'
/** More calls than this mean an endless loop. */
const mostCalls = 1_000
/** How often a minute may pass. If it passed at each step, no move would finish. */
const mostPauses = 3

const record = (): SessionRecord => ({ version: newMark(), payload: newMark() })

/** Runs a case, and throws an error if it breaks the property. */
export async function movingHolds(modules: MovingModules, one: MovingCase): Promise<void> {
  const clock = { time: 1_000_000 }
  const now = () => clock.time
  const [to, from] = [new Medium(now), new Medium(now)]
  const initial = one.begins === 'nowhere' ? undefined : record()
  const medium = one.begins === 'to' ? to : from
  if (initial) medium.compareAndSet(key, undefined, initial)
  await moveSteps(modules, { to, from }, one.steps, now)

  const turns = new Turns()
  const calls: Call[] = []
  let time = 0
  const jobs = one.actors.map((actor, index) => async () => {
    const stores = one.isMixed && index % 2 === 0 ? { to: from, from: to } : { to, from }
    await perform(modules, actor, { ...stores, turns, now }, calls, () => {
      time += 1
      return time
    })
  })
  let [step, pauses] = [0, 0]
  await turns.run(jobs, (of) => {
    step += 1
    if (step > mostCalls) throw new Error('the processes are in an endless loop')
    const pick = one.picks[step % one.picks.length] ?? 0
    if (one.isSlow && pick > 55 && pauses < mostPauses) {
      pauses += 1
      clock.time += 61_000
    }
    return pick % of
  })

  // At the end, the move runs again over the keys of the old store, and finishes what is left.
  const pair = { to: storeOf(to), from: storeOf(from) }
  const before = await modules.movingStore(pair.to, pair.from, { now }).load(key)
  if (from.load(key)) await modules.moveKey(pair, key, now)
  clock.time += 61_000
  const after = to.load(key)
  calls.push({ change: undefined, beganAt: time + 1, endedAt: time + 2, result: before?.version })

  if (from.load(key)) throw new Error('the move left a record in the old store')
  if (after && isInTransit(after))
    throw new Error('the new store has a record that is still moving')
  if (after?.payload !== before?.payload || after?.version !== before?.version) {
    throw new Error('the new store alone has another record than both stores together')
  }
  if (!couldBeOneMap(calls, initial?.version))
    throw new Error('the results are not possible with one map')
}

/** Calls the store directly, without waiting for a turn. */
const storeOf = (medium: Medium): SessionStore => ({
  load: (key) => medium.load(key),
  compareAndSet: (key, version, next) => medium.compareAndSet(key, version, next),
  close() {},
})

/** A process that died after this number of steps of a move. */
async function moveSteps(
  { look, nextStep, take }: MovingModules,
  { to, from }: { to: Medium; from: Medium },
  steps: number,
  now: () => number,
): Promise<void> {
  const pair = { to: storeOf(to), from: storeOf(from) }
  for (let taken = 0; taken < steps; taken += 1) {
    const seen = await look(pair, key)
    const step = nextStep(seen.to, seen.from, now())
    if (typeof step === 'string') return
    await take(pair, key, step)
  }
}

/** Runs one process, until its last action or its death. */
async function perform(
  modules: MovingModules,
  { deeds, fault }: Actor,
  world: { to: Medium; from: Medium; turns: Turns; now: () => number },
  calls: Call[],
  tick: () => number,
): Promise<void> {
  const count = { count: 0 }
  const pair = {
    to: wayTo(world.to, world.turns, count, fault),
    from: wayTo(world.from, world.turns, count, fault),
  }
  const store = modules.movingStore(pair.to, pair.from, { now: world.now })
  let last: string | undefined

  const told = async (change: Call['change'], run: () => Promise<string | boolean | undefined>) => {
    const call: Call = { change, beganAt: tick(), endedAt: Number.POSITIVE_INFINITY }
    calls.push(call)
    const before = count.count
    call.result = await run()
    const wasFaulty = fault && before <= fault.at && fault.at < count.count
    // A refusal after a failure does not tell what the failed call did.
    if (wasFaulty && call.result !== true) return call.result
    call.wasLookedUp = wasFaulty
    call.endedAt = tick()
    return call.result
  }
  const set = async (version: string | undefined, next: SessionRecord | undefined) => {
    const change = { version, next: next?.version }
    const isMade = await told(change, async () => store.compareAndSet(key, version, next))
    if (isMade) last = next?.version
  }

  for (const deed of deeds) {
    try {
      if (deed === 'move') await modules.moveKey(pair, key, world.now)
      else if (deed === 'create') await set(undefined, record())
      else if (deed === 'load') {
        await told(undefined, async () => {
          last = (await store.load(key))?.version
          return last
        })
      } else if (last !== undefined) await set(last, deed === 'put' ? record() : undefined)
    } catch (error) {
      if (!(error instanceof FailedCall)) throw error
    }
  }
}
