import { type SessionRecord, session } from '@gravito/orbit'
import { type Request, Response } from 'miniflare'
import { storedIn } from '../interleavings/stored.ts'
import type { Orbit, World } from '../interleavings/world.ts'
import { storeIn } from './stores.ts'
import type { Workerd } from './workerd.ts'

/** What a request tells the Worker about its world. */
export interface Setting {
  readonly space: string
  readonly grace: number
  readonly time: number
}

/** The response to a Worker that asks for a step, or has completed one. */
export interface Step {
  readonly id: number
  readonly time: number
  /** Whether the call fails, or its response is lost. */
  readonly isRefused: boolean
}

/** What a Worker reports about a call that the store has finished. */
export interface Done {
  readonly key?: string
  readonly write?: { readonly before?: SessionRecord; readonly after?: SessionRecord }
}

/** The worlds whose processes run in Workers, each with the steps in flight. */
const worlds = new Map<string, { readonly world: World; readonly steps: Map<number, UnderWay> }>()
let ids = 0

interface UnderWay {
  /** Called when the store has completed the step. */
  finish(): void
  /** Whether the response of the step arrives. */
  readonly outcome: Promise<boolean>
}

/** Handles the questions that Workers ask while they handle requests. */
export async function respond(request: Request): Promise<Response> {
  const [, space = '', verb] = new URL(request.url).pathname.split('/')
  const { world, steps } = worlds.get(space) ?? {}
  if (!world || !steps) return new Response(null, { status: 404 })
  if (verb === 'work') {
    await world.work()
    return told(world, 0, false)
  }
  if (verb === 'step') {
    ids += 1
    const id = ids
    return told(world, id, await begin(world, steps, id))
  }
  const done: Done & { id: number } = JSON.parse(await request.text())
  if (done.key !== undefined) {
    const { before, after } = done.write ?? {}
    const write = done.write && { before: storedIn(before), after: storedIn(after) }
    world.note(done.key, write)
  }
  const step = steps.get(done.id)
  steps.delete(done.id)
  step?.finish()
  return told(world, done.id, (await step?.outcome) !== true)
}

function told({ time }: World, id: number, isRefused: boolean): Response {
  return Response.json({ id, time, isRefused } satisfies Step)
}

/** Waits for the turn of a step. Returns true if the store must not be called. */
function begin(world: World, steps: Map<number, UnderWay>, id: number): Promise<boolean> {
  return new Promise((resolve) => {
    const outcome = world.step(
      () =>
        new Promise<void>((finish) => {
          steps.set(id, { finish, outcome: arrives })
          resolve(false)
        }),
    )
    const arrives = outcome.then(
      () => true,
      () => false,
    )
    // If the step has not started, the world has refused it.
    arrives.then(() => resolve(true))
  })
}

/** Runs the package in Workers, for one world: each process of the world is one Worker. */
export function orbitIn(
  workerd: Workerd,
  store: 'durable-object' | 'd1',
  workers: readonly [string, ...string[]],
): Orbit {
  let space = ''
  return {
    session,
    newStore({ now }) {
      space = `world_${crypto.randomUUID().replaceAll('-', '_')}`
      return storeIn(workerd.url(workers[0]), store, space, now)
    },
    begin(world, process) {
      const own = space
      const known = worlds.get(own) ?? { world, steps: new Map() }
      worlds.set(own, known)
      const url = workerd.url(workers[process % workers.length] ?? '')
      return {
        async request(input, init = {}) {
          const { pathname } = new URL(String(input))
          const { ops, report } = world.handled(pathname.split('/').at(-1) ?? '')
          const headers = new Headers(init.headers)
          const setting: Setting = { space: own, grace: world.grace, time: world.time }
          headers.set('X-World', JSON.stringify(setting))
          headers.set('X-Ops', JSON.stringify(ops))
          const response = await fetch(`${url}${pathname}`, { ...init, headers })
          const told = response.headers.get('X-Report')
          if (told === null) throw new Error(await response.text())
          Object.assign(report, JSON.parse(decodeURIComponent(told)))
          return response
        },
      }
    },
  }
}
