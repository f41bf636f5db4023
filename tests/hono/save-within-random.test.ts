import fc from 'fast-check'
import type { Context } from 'hono'
import { expect, it } from 'vitest'
import { isComplete } from '../extent.ts'
import { isOverHttp } from './client.ts'
import { signedIn } from './setting.ts'
import { transactionalSetting } from './transactional-store.ts'

/** What one request does, and how many turns of the event loop it waits between its steps. */
const requests = fc.array(
  fc.record({
    kind: fc.constantFrom<Kind>('plain', 'once', 'twice', 'sign out'),
    commits: fc.boolean(),
    /** Whether it responds with a 200 although its transaction was rolled back. */
    answers: fc.boolean(),
    pauses: fc.array(fc.nat(4), { minLength: 5, maxLength: 5 }),
  }),
  { minLength: 2, maxLength: 4 },
)
const delays = fc.array(fc.nat(3), { minLength: 8, maxLength: 8 })

type Kind = 'plain' | 'once' | 'twice' | 'sign out'
interface Doing {
  readonly kind: Kind
  readonly commits: boolean
  readonly answers: boolean
  readonly pauses: readonly number[]
}

async function pause(turns = 0): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** Runs overlapping requests of one session, and compares the stored data with what the responses promised. */
async function check(all: readonly Doing[], delays: readonly number[]): Promise<void> {
  const world = transactionalSetting()
  world.app.onError((_, c) => c.text('failed', 500))
  const ada = await signedIn(world.client())
  await ada.post('/put?kept=1')
  let loads = 0
  world.gate.load = () => {
    loads += 1
    return pause(delays[loads % delays.length])
  }
  let committed = 0

  const handle = async (c: Context, { kind, commits, answers, pauses }: Doing) => {
    const session = c.get('session')
    await pause(pauses[0])
    if (kind === 'plain') session.increment('plain')
    if (kind === 'sign out') session.signOut()
    if (kind === 'plain' || kind === 'sign out') return c.text('done')
    const tx = world.begin()
    const times = kind === 'twice' ? 2 : 1
    try {
      for (let time = 0; time < times; time += 1) {
        session.increment('within')
        await session.save({ within: tx })
        await pause(pauses[1])
      }
      if (!commits) throw new Error('undone')
      await tx.commit()
      committed += times
    } catch (error) {
      tx.rollback()
      if (!answers) throw error
    }
    await pause(pauses[2])
    session.increment('after')
    await pause(pauses[3])
    return c.text('done')
  }

  const statuses = await Promise.all(
    all.map(async (doing, at) => {
      world.handlers.set(String(at), (c) => handle(c, doing))
      const client = ada.copy()
      await pause(doing.pauses[4])
      return (await client.post(`/run/${at}`)).status
    }),
  )
  world.gate.load = async () => {}
  const stored = await ada.json('/all')

  const isOut = all.some(({ kind }) => kind === 'sign out')
  const well = all.filter((_, at) => statuses[at] === 200)
  const isWithin = ({ kind }: Doing) => kind === 'once' || kind === 'twice'
  const counts = {
    plain: well.filter(({ kind }) => kind === 'plain').length,
    within: committed,
    after: well.filter(isWithin).length,
  }
  const found = Object.entries(counts).filter(([, count]) => count > 0)
  const promised = { userId: 'ada', kept: '1', ...Object.fromEntries(found) }
  expect(stored).toEqual(isOut ? {} : promised)
  if (isOut) return
  const failed = all.filter((_, at) => statuses[at] !== 200)
  expect(failed.filter((doing) => !isWithin(doing) || doing.answers || doing.commits)).toEqual([])
}

/** Over HTTP, each case has a server, which stays open until the file ends. */
const cases = isComplete && !isOverHttp ? 5_000 : 60

it(
  'in any overlap, committed changes count once, rolled back changes never, and signed-out sessions stay ended',
  () => fc.assert(fc.asyncProperty(requests, delays, check), { numRuns: cases }),
  isComplete ? 600_000 : 30_000,
)
