import { describe, expect, it } from 'vitest'
import type { Client } from './client.ts'
import { arrived, setting, signedIn } from './setting.ts'

async function reasonOf(response: Response): Promise<string> {
  if (response.status === 200) return 'passed'
  const { error }: { error?: { reason?: string } } = Object(await response.json())
  return error?.reason ?? `${response.status}`
}

const postWith = async (client: Client, token: string, name = 'X-CSRF-Token') =>
  reasonOf(await client.send('POST', '/put?a=b', { headers: { [name]: token } }))

describe('the token changes (R20)', () => {
  it.each([
    ['a sign-in', '/login'],
    ['a sign-in as another user', '/login?as=bob'],
    ['regenerate()', '/regenerate'],
    ['invalidate()', '/logout'],
  ])('with %s, and the old token is refused', async (_, path) => {
    const world = setting()
    const client =
      path === '/login' ? await arrived(world.client()) : await signedIn(world.client())
    const before = client.token
    await client.post(path)

    expect(client.token).not.toBe(before)
    expect(await postWith(client, before)).toBe('mismatch')
    expect(await postWith(client, client.token)).toBe('passed')
  })

  it.each([
    ['regenerate()', (s: Pick<SessionLike, 'regenerate'>) => s.regenerate()],
    ['invalidate()', (s: Pick<SessionLike, 'invalidate'>) => s.invalidate()],
    ['a change of owner', (s: Pick<SessionLike, 'put'>) => s.put('userId', 'bob')],
  ] as const)('with %s, and the same request already reads the new token', async (_, change) => {
    const world = setting()
    const ada = await signedIn(world.client())
    const before = ada.token
    const response = await world.answer(ada, (session, c) => {
      change(session)
      return c.text(`${c.get('csrf').token()} ${session.id()}`)
    })
    const [token, handle] = (await response.text()).split(' ')

    expect(token).not.toBe(before)
    expect(token).toBe(ada.token)
    expect(await world.within(ada, (session) => session.id())).toBe(handle)
  })

  it('when the session expires: the old token is refused as expired, the new one passes', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const old = ada.token
    world.clock.pass(1e6)

    expect(await postWith(ada, old)).toBe('expired')
    await ada.get('/me')
    expect(ada.token).not.toBe(old)
    expect(await postWith(ada, ada.token)).toBe('passed')
  })

  it("when a visitor's id expires", async () => {
    const world = setting({ absoluteTimeoutSeconds: 100 })
    const visitor = await arrived(world.client())
    const old = visitor.token
    world.clock.pass(100)

    expect(await postWith(visitor, old)).toBe('expired')
    await visitor.get('/me')
    expect(await postWith(visitor, visitor.token)).toBe('passed')
  })

  it("but not with a write, a touch or a visitor's regenerate()", async () => {
    const world = setting()
    const visitor = await arrived(world.client())
    const { token } = visitor
    await visitor.post('/regenerate')
    await visitor.post('/put?a=b')
    world.clock.pass(300)
    await visitor.get('/me')

    expect(visitor.token).toBe(token)
  })
})

describe('login CSRF', () => {
  it('a sign-in without a token is refused', async () => {
    const world = setting()

    expect((await world.client().send('POST', '/login')).status).toBe(403)
    const visitor = await arrived(world.client())
    expect((await visitor.send('POST', '/login')).status).toBe(403)
  })

  it('an attacker cannot use a token from before the sign-in after it', async () => {
    const world = setting()
    const planted = await arrived(world.client())
    const victim = planted.copy()
    await victim.post('/login')

    expect(await postWith(victim, planted.token)).toBe('mismatch')
    expect(await planted.json('/me')).toEqual({ userId: null })
  })
})

interface SessionLike {
  regenerate(): void
  invalidate(): void
  put(key: string, value: unknown): void
}
