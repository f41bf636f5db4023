import type { Client } from '../hono/client.ts'
import type { Processes } from './gates.ts'
import {
  dropped,
  elsewhere,
  invalidate,
  put,
  type Row,
  regenerate,
  runTable,
  signIn,
} from './table.ts'

/** A guest with a stored session. */
async function guest(world: Processes): Promise<Client> {
  const client = await world.visitor()
  await world.ask(client, put('cart'))
  world.clock.pass(11)
  return client
}

async function keyOf(world: Processes, client: Client): Promise<string> {
  return (await world.ask(client, (session) => session.id())).value ?? ''
}

async function spoil(world: Processes, key: string, payload: string): Promise<void> {
  const record = await world.store.load(key)
  if (!record) throw new Error('nothing to spoil')
  await world.store.compareAndSet(key, record.version, { ...record, payload, version: 'spoiled' })
}

const rows: readonly Row[] = [
  {
    title: 'its session active',
    scene: async (world) => ({ mine: await world.signedIn('ada') }),
    outcomes: {
      write: 'rewrites',
      'at once': 'rewrites',
      move: 'moves',
      login: 'moves',
      end: 'ends',
    },
  },
  {
    title: 'its session moved by regenerate()',
    scene: async (world) => {
      const mine = await guest(world)
      const other = mine.copy()
      return { mine, other, meanwhile: () => world.ask(other, regenerate, { process: 1 }) }
    },
    outcomes: {
      write: 'rebases',
      'at once': 'refuses: session-moved',
      move: 'rebases',
      login: 'creates',
      end: 'ends',
    },
  },
  {
    title: 'its session moved by the sign-in of another user',
    scene: async (world) => {
      const mine = await guest(world)
      const other = mine.copy()
      return { mine, other, meanwhile: () => world.ask(other, signIn('ada'), { process: 1 }) }
    },
    outcomes: {
      write: 'refuses: session-moved',
      'at once': 'refuses: session-moved',
      move: 'refuses: session-moved',
      login: 'creates',
      end: 'refuses: session-moved',
    },
  },
  {
    title: 'its session moved by the sign-in of the same user',
    scene: async (world) => {
      const mine = await guest(world)
      const other = mine.copy()
      return { mine, other, meanwhile: () => world.ask(other, signIn('grace'), { process: 1 }) }
    },
    outcomes: {
      write: 'refuses: session-moved',
      'at once': 'refuses: session-moved',
      move: 'refuses: session-moved',
      login: 'moves',
      end: 'refuses: session-moved',
    },
  },
  {
    title: 'its session moved before the request started',
    scene: async (world) => {
      const mine = await guest(world)
      const other = mine.copy()
      await world.ask(other, regenerate)
      world.clock.pass(1)
      return { mine, other }
    },
    outcomes: {
      write: 'refuses: session-moved',
      'at once': 'refuses: session-moved',
      move: 'refuses: session-moved',
      login: 'creates',
      end: 'ends',
    },
  },
  {
    title: 'its session removed',
    scene: async (world) => {
      const mine = await world.signedIn('ada', { letter: 'private' })
      const key = await keyOf(world, mine)
      return { mine, meanwhile: () => world.remove(key) }
    },
    outcomes: dropped,
  },
  {
    title: 'its session expired',
    scene: async (world) => {
      const mine = await world.signedIn('ada', { letter: 'private' })
      return { mine, meanwhile: () => world.clock.pass(1861) }
    },
    outcomes: dropped,
  },
  {
    title: 'another session under the key of its session',
    scene: async (world) => {
      const other = await world.visitor()
      const mine = other.copy()
      await world.ask(mine, put('cart'))
      return {
        mine,
        other,
        async meanwhile() {
          await world.ask(mine.copy(), invalidate)
          world.clock.pass(11)
          await world.ask(other, put('later'))
        },
      }
    },
    outcomes: dropped,
  },
  {
    title: 'its session signed out by another request',
    scene: async (world) => {
      const mine = await world.signedIn('ada', { letter: 'private' })
      return { mine, meanwhile: () => world.ask(mine.copy(), invalidate) }
    },
    outcomes: dropped,
  },
  {
    title: 'its session moved and then lost',
    scene: async (world) => {
      const mine = await world.signedIn('ada', { letter: 'private' })
      const other = mine.copy()
      return {
        mine,
        async meanwhile() {
          await world.ask(other, regenerate)
          await world.remove(await keyOf(world, other))
        },
      }
    },
    outcomes: dropped,
  },
  {
    title: 'a record that cannot be read',
    scene: async (world) => {
      const mine = await world.signedIn('ada', { letter: 'private' })
      await spoil(world, await keyOf(world, mine), 'not a payload')
      return { mine }
    },
    outcomes: { ...elsewhere, end: 'ends' },
  },
  {
    title: 'a record of a newer format',
    scene: async (world) => {
      const mine = await world.signedIn('ada', { letter: 'private' })
      await spoil(world, await keyOf(world, mine), 's99.[]')
      return { mine }
    },
    outcomes: {
      write: 'refuses: session-newer-format',
      'at once': 'refuses: session-newer-format',
      move: 'refuses: session-newer-format',
      login: 'refuses: session-newer-format',
      end: 'refuses: session-newer-format',
    },
  },
  {
    title: 'its session, after its own invalidate()',
    scene: async (world) => ({ mine: await world.signedIn('ada', { letter: 'private' }) }),
    before: invalidate,
    outcomes: { ...elsewhere, end: 'ends' },
  },
]

runTable(rows)
