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

/** A browser whose session has expired. */
async function expired(world: Processes): Promise<Client> {
  const client = await world.signedIn('ada', { letter: 'private' })
  world.clock.pass(1861)
  return client
}

const rows: readonly Row[] = [
  {
    title: 'no cookie',
    scene: async (world) => ({ mine: world.browser() }),
    outcomes: elsewhere,
  },
  {
    title: "no record under its visitor's id",
    scene: async (world) => ({ mine: await world.visitor() }),
    outcomes: elsewhere,
  },
  {
    title: "a new session under its visitor's id",
    scene: async (world) => {
      const mine = await world.visitor()
      const other = mine.copy()
      return { mine, other, meanwhile: () => world.ask(other, put('cart'), { process: 1 }) }
    },
    outcomes: {
      write: 'rewrites',
      'at once': 'rewrites',
      move: 'moves',
      login: 'moves',
      end: 'does nothing',
    },
  },
  {
    title: "an unrelated older session under its visitor's id",
    scene: async (world) => {
      const mine = await world.visitor()
      const other = mine.copy()
      await world.ask(other, put('cart'))
      world.clock.pass(10)
      return { mine, other }
    },
    isTaken: true,
    outcomes: elsewhere,
  },
  {
    title: "a session that has moved from its visitor's id",
    scene: async (world) => {
      const mine = await world.visitor()
      const other = mine.copy()
      return {
        mine,
        other,
        async meanwhile() {
          world.clock.pass(1)
          await world.ask(other, put('cart'))
          await world.ask(other, regenerate)
        },
      }
    },
    outcomes: {
      write: 'rebases',
      'at once': 'refuses: session-moved',
      move: 'rebases',
      login: 'creates',
      end: 'does nothing',
    },
  },
  {
    title: "a redirect to the session of another user under its visitor's id",
    scene: async (world) => {
      const mine = await world.visitor()
      const other = mine.copy()
      return { mine, other, meanwhile: () => world.ask(other, signIn('ada'), { process: 1 }) }
    },
    outcomes: {
      write: 'refuses: session-moved',
      'at once': 'refuses: session-moved',
      move: 'refuses: session-moved',
      login: 'creates',
      end: 'does nothing',
    },
  },
  {
    title: "a redirect to the session of the same user under its visitor's id",
    scene: async (world) => {
      const mine = await world.visitor()
      const other = mine.copy()
      return { mine, other, meanwhile: () => world.ask(other, signIn('grace'), { process: 1 }) }
    },
    outcomes: {
      write: 'refuses: session-moved',
      'at once': 'refuses: session-moved',
      move: 'refuses: session-moved',
      login: 'moves',
      end: 'does nothing',
    },
  },
  {
    title: "a session that has just ended under its visitor's id",
    scene: async (world) => {
      const mine = await world.visitor()
      const other = mine.copy()
      return {
        mine,
        async meanwhile() {
          world.clock.pass(1)
          await world.ask(other, put('cart'))
          await world.ask(other, invalidate)
        },
      }
    },
    outcomes: dropped,
  },
  {
    title: "a session that ended long ago under its visitor's id",
    scene: async (world) => {
      const mine = await world.visitor()
      const other = mine.copy()
      await world.ask(other, put('cart'))
      await world.ask(other, invalidate)
      world.clock.pass(1)
      return { mine }
    },
    outcomes: elsewhere,
  },
  {
    title: 'no record under the id that follows its expired one',
    scene: async (world) => ({ mine: await expired(world) }),
    outcomes: elsewhere,
  },
  {
    title: 'an older session under the id that follows its expired one',
    scene: async (world) => {
      const other = await expired(world)
      const mine = other.copy()
      await world.ask(other, put('cart'), { method: 'GET' })
      world.clock.pass(1)
      return { mine, other }
    },
    isTaken: true,
    outcomes: elsewhere,
  },
  {
    title: 'a newer session under the id that follows its expired one',
    scene: async (world) => {
      const other = await expired(world)
      const mine = other.copy()
      return {
        mine,
        other,
        async meanwhile() {
          world.clock.pass(1)
          await world.ask(other, put('cart'), { method: 'GET' })
        },
      }
    },
    isTaken: true,
    outcomes: { ...elsewhere, login: 'replaces' },
  },
  {
    title: 'a redirect under the id that follows its expired one',
    scene: async (world) => {
      const other = await expired(world)
      const mine = other.copy()
      return {
        mine,
        other,
        async meanwhile() {
          world.clock.pass(1)
          await world.ask(other, signIn('ada'), { method: 'GET' })
        },
      }
    },
    outcomes: {
      write: 'refuses: session-moved',
      'at once': 'refuses: session-moved',
      move: 'refuses: session-moved',
      login: 'creates',
      end: 'does nothing',
    },
  },
]

runTable(rows)
