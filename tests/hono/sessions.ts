import { type OwnerSessions, type Sessions, sessionsOf } from '@gravito/orbit'
import { expect } from 'vitest'
import { newMark } from '../../packages/orbit/src/session/marks.ts'
import { decodeEntries, type Entries } from '../../packages/orbit/src/session/owner-index.ts'
import type { Client } from './client.ts'
import { type setting, signedIn } from './setting.ts'

export type World = ReturnType<typeof setting>

/** What a handler of this browser does with `c.get('sessions')`. */
export async function asking<T>(
  world: World,
  client: Client,
  work: (sessions: Sessions) => Promise<T>,
): Promise<T> {
  const results: T[] = []
  const response = await world.answer(client, async (_, c) => {
    results.push(await work(c.get('sessions')))
  })
  expect(response.status, await response.clone().text()).toBe(200)
  const [result] = results
  if (result === undefined) throw new Error('the handler returned nothing')
  return result
}

export const listOf = (world: World, client: Client, owner = 'ada') =>
  asking(world, client, (sessions) => sessions.of(owner).list())

export async function nameOf(world: World, client: Client): Promise<string> {
  const current = (await listOf(world, client)).find(({ isCurrent }) => isCurrent)
  if (!current) throw new Error('the list does not contain the session of the request')
  return current.name
}

/** Ada's browsers. Each signs in a second after the one before. */
export async function browsers(world: World, count: number, as = 'ada'): Promise<Client[]> {
  const all: Client[] = []
  for (let i = 0; i < count; i += 1) {
    all.push(await signedIn(world.client(), as))
    world.clock.pass(1)
  }
  return all
}

/** The signed-in user of each client. */
export async function usersOf(clients: readonly Client[]): Promise<unknown[]> {
  const seen: unknown[] = []
  for (const client of clients) {
    const { userId }: { userId?: unknown } = Object(await client.json('/me'))
    seen.push(userId)
  }
  return seen
}

export const indexKeys = (world: World) =>
  world.store.standing().filter((key) => key.startsWith('owner-'))

export async function entriesOf(world: World): Promise<Entries> {
  const [key = '', ...others] = indexKeys(world)
  expect(others).toEqual([])
  const record = await world.store.load(key)
  return (record && decodeEntries(record)) ?? []
}

export async function replaceIndex(world: World, payload: string): Promise<void> {
  const [key = ''] = indexKeys(world)
  const record = await world.store.load(key)
  if (!record) throw new Error('no index')
  const next = { ...record, version: newMark(), payload }
  expect(await world.store.compareAndSet(key, record.version, next)).toBe(true)
}

/** Ada's sessions, from outside of requests. */
export function outside(world: World): OwnerSessions {
  return sessionsOf(world.store, { now: world.clock.now }).of('ada')
}
