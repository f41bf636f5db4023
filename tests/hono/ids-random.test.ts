import { Buffer } from 'node:buffer'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Client } from './client.ts'
import { arrived, setting, signedIn } from './setting.ts'

/** The strings that the secure source returned, and those to return next. */
const source = vi.hoisted(() => ({ given: [] as Uint8Array[], next: [] as string[] }))

vi.mock('node:crypto', async (original) => {
  const crypto = await original<typeof import('node:crypto')>()
  return {
    ...crypto,
    randomFillSync(bytes: Uint8Array) {
      crypto.randomFillSync(bytes)
      source.given.push(Uint8Array.from(bytes))
      return bytes
    },
  }
})

vi.mock('../../packages/orbit/src/keys.ts', async (original) => {
  const keys = await original<typeof import('../../packages/orbit/src/keys.ts')>()
  return {
    ...keys,
    randomText: (size: number) =>
      (size === 32 ? source.next.shift() : undefined) ?? keys.randomText(size),
  }
})

beforeEach(() => {
  source.next.length = 0
})

const randomOf = (client: Client) => client.cookie('session').split('.')[1] ?? ''

/** A signed-in user with data. */
async function established() {
  const world = setting()
  world.app.get('/write', (c) => {
    c.get('session').put('color', 'red')
    return c.text('done')
  })
  const ada = await signedIn(world.client())
  await world.within(ada, (session) => session.put('letter', 'private'))
  return { world, ada, before: { userId: 'ada', letter: 'private' } }
}

describe('the random part of an id (ASVS 7.2.3, 11.5.1)', () => {
  it("is 32 bytes from the platform's secure source, for visitors, first writes, moves and sign-ins", async () => {
    const world = setting()
    const client = await arrived(world.client())
    const randoms = [randomOf(client)]
    for (const path of ['/put?a=b', '/regenerate', '/login', '/login?as=bob', '/logout']) {
      await client.post(path)
      randoms.push(randomOf(client))
    }

    const bytes = randoms.map((random) => Buffer.from(random, 'base64url'))
    const isGiven = (part: Buffer) => source.given.some((all) => Buffer.from(all).includes(part))
    expect(bytes.filter((part) => !isGiven(part))).toEqual([])
    expect(bytes.map(({ length }) => length)).toEqual(Array(6).fill(32))
    // A first write keeps the visitor's random part. The others draw a new one.
    expect(new Set(randoms).size).toBe(5)
  })
})

describe('a random part that is drawn twice gives no access to the other session', () => {
  it('with the first request of a browser, which writes', async () => {
    const { world, ada, before } = await established()
    source.next.push(randomOf(ada))
    const other = world.client()
    await other.get('/write')

    expect(source.next).toEqual([])
    expect(await other.json('/all')).toEqual({ color: 'red' })
    expect(await ada.json('/all')).toEqual(before)
    expect(randomOf(other)).not.toBe(randomOf(ada))
  })

  it.each([
    ['the first write of a visitor', '/put?color=red', { color: 'red' }],
    ['the sign-in of a visitor', '/login?as=bob', { userId: 'bob' }],
  ])('with %s', async (_, path, data) => {
    const { world, ada, before } = await established()
    // So long ago that it cannot be the first write of an overlapping request.
    world.clock.pass(60)
    source.next.push(randomOf(ada))
    const other = await arrived(world.client())
    expect(randomOf(other)).toBe(randomOf(ada))
    expect(await other.json('/all')).toEqual({})

    expect((await other.post(path)).status).toBe(200)

    expect(await other.json('/all')).toEqual(data)
    expect(await ada.json('/all')).toEqual(before)
    expect(randomOf(other)).not.toBe(randomOf(ada))
  })

  it.each([
    ['regenerate()', '/regenerate', { userId: 'bob' }],
    ['a sign-in', '/login?as=carol', { userId: 'carol' }],
  ])('with %s, which draws the next id', async (_, path, data) => {
    const { world, ada, before } = await established()
    const bob = await signedIn(world.client(), 'bob')
    source.next.push(randomOf(ada))

    expect((await bob.post(path)).status).toBe(200)

    expect(source.next).toEqual([])
    expect(await bob.json('/all')).toEqual(data)
    expect(await ada.json('/all')).toEqual(before)
    expect(randomOf(bob)).not.toBe(randomOf(ada))
  })

  it('with a write after a sign-out', async () => {
    const { world, ada, before } = await established()
    const bob = await signedIn(world.client(), 'bob')
    source.next.push(randomOf(ada))

    await world.within(bob, (session) => {
      session.signOut()
      session.put('color', 'red')
    })

    expect(source.next).toEqual([])
    expect(await bob.json('/all')).toEqual({ color: 'red' })
    expect(await ada.json('/all')).toEqual(before)
  })
})
