import { describe, expect, it } from 'vitest'
import { type Client, isOverHttp } from './client.ts'
import { arrived, setting, signedIn } from './setting.ts'

async function reasonOf(response: Response): Promise<string> {
  if (response.status === 200) return 'passed'
  const { error }: { error?: { reason?: string } } = Object(await response.json())
  return error?.reason ?? `${response.status}`
}

const postWith = async (client: Client, token: string, name = 'X-CSRF-Token') =>
  reasonOf(await client.send('POST', '/put?a=b', { headers: { [name]: token } }))

async function maskedOf(world: ReturnType<typeof setting>, client: Client): Promise<string> {
  const response = await world.answer(client, (_, c) => c.text(c.get('csrf').field()), {
    method: 'GET',
  })
  return /value="([^"]+)"/.exec(await response.text())?.[1] ?? ''
}

describe('the token (R20)', () => {
  it('is the same from request to request, and in every way to read it', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const first = ada.token
    for (let i = 0; i < 3; i += 1) {
      const response = await world.answer(ada, (_, c) => c.text(c.get('csrf').token()))
      expect(await response.text()).toBe(first)
    }
    expect(ada.token).toBe(first)
  })

  it('can be used many times', async () => {
    const ada = await signedIn(setting().client())

    for (let i = 0; i < 5; i += 1) expect(await postWith(ada, ada.token)).toBe('passed')
  })

  it.each(['X-CSRF-Token', 'x-csrf-token', 'X-XSRF-TOKEN', 'x-xsrf-token'])(
    'is accepted from %s',
    async (name) => {
      const ada = await signedIn(setting().client())

      expect(await postWith(ada, ada.token, name)).toBe('passed')
    },
  )

  it.each(['X-CSRFToken', 'CSRF-Token', 'XSRF-TOKEN', 'Authorization', 'X-Token'])(
    'is not accepted from %s',
    async (name) => {
      const ada = await signedIn(setting().client())

      expect(await postWith(ada, ada.token, name)).toBe('missing')
    },
  )

  it('is accepted from the configured header, and still from X-XSRF-TOKEN', async () => {
    const world = setting({ csrf: { headerName: 'X-My-Token' } })
    const visitor = await arrived(world.client())

    expect(await postWith(visitor, visitor.token, 'X-My-Token')).toBe('passed')
    expect(await postWith(visitor, visitor.token, 'X-XSRF-TOKEN')).toBe('passed')
    expect(await postWith(visitor, visitor.token)).toBe('missing')
  })

  it('is never accepted from the query', async () => {
    const ada = await signedIn(setting().client())
    const query = ['_token', '_csrf', 'X-CSRF-Token', 'csrf'].map((name) => `${name}=${ada.token}`)

    expect(await reasonOf(await ada.send('POST', `/put?${query.join('&')}`))).toBe('missing')
  })

  it('is never accepted from the cookie alone', async () => {
    const ada = await signedIn(setting().client())
    expect(ada.cookieHeader).toContain(ada.token)

    expect(await reasonOf(await ada.send('POST', '/put?a=b'))).toBe('missing')
  })

  it('needs no token cookie: the header is enough', async () => {
    const ada = await signedIn(setting().client())
    const { token } = ada
    ada.drop('XSRF-TOKEN')

    expect(await postWith(ada, token)).toBe('passed')
  })

  it.for<[string, (token: string, ada: Client) => string, string]>([
    ['empty', () => '', 'missing'],
    ['spaces', () => '   ', 'missing'],
    ['a word', () => 'token', 'mismatch'],
    ['undefined', () => 'undefined', 'mismatch'],
    ['one character less', (token) => token.slice(0, -1), 'mismatch'],
    ['one character more', (token) => `${token}A`, 'mismatch'],
    ['in upper case', (token) => token.toUpperCase(), 'mismatch'],
    ['twice', (token) => `${token}, ${token}`, 'mismatch'],
    ['forty-three zeros', () => 'A'.repeat(43), 'mismatch'],
    ['a masked string of zeros', () => 'A'.repeat(86), 'mismatch'],
    ['a megabyte', () => 'A'.repeat(1_000_000), 'mismatch'],
    ['serialised', () => 'O:8:"stdClass":0:{}', 'mismatch'],
    ['the session cookie', (_, ada) => ada.cookie('session'), 'mismatch'],
  ])('is refused: %s', async ([what, make, reason], { skip }) => {
    skip(isOverHttp && what === 'a megabyte', 'servers read no header of that size')
    const ada = await signedIn(setting().client())

    expect(await postWith(ada, make(ada.token, ada))).toBe(reason)
  })

  it('is refused if any one character is changed', async () => {
    const ada = await signedIn(setting().client())
    const { token } = ada
    for (let at = 0; at < token.length; at += 1) {
      const other = token[at] === 'A' ? 'B' : 'A'
      expect(await postWith(ada, token.slice(0, at) + other + token.slice(at + 1))).toBe('mismatch')
    }
  })

  it('is refused if it belongs to another session, of a visitor or of a signed-in user', async () => {
    const world = setting()
    const [ada, bob, visitor] = [
      await signedIn(world.client()),
      await signedIn(world.client(), 'bob'),
      await arrived(world.client()),
    ]

    expect(await postWith(ada, bob.token)).toBe('mismatch')
    expect(await postWith(ada, visitor.token)).toBe('mismatch')
    expect(await postWith(visitor, ada.token)).toBe('mismatch')
  })

  it("does not pass if an attacker planted a cookie and its token in the victim's browser", async () => {
    const world = setting()
    const [ada, attacker] = [await signedIn(world.client()), await arrived(world.client())]
    ada.set('XSRF-TOKEN', attacker.token)

    expect(await postWith(ada, attacker.token)).toBe('mismatch')
  })

  it('is refused without any cookie', async () => {
    const world = setting()
    const ada = await signedIn(world.client())

    expect(await postWith(world.client(), ada.token)).toBe('no-session')
  })
})

describe('the masked token (R21)', () => {
  it('is a different string each time, and passes each time', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const [one, other] = [await maskedOf(world, ada), await maskedOf(world, ada)]

    expect(one).not.toBe(other)
    expect(one).not.toContain(ada.token)
    expect(await postWith(ada, one)).toBe('passed')
    expect(await postWith(ada, other)).toBe('passed')
  })

  it('is refused if it belongs to another session, or is changed', async () => {
    const world = setting()
    const [ada, bob] = [await signedIn(world.client()), await signedIn(world.client(), 'bob')]
    const mask = await maskedOf(world, bob)

    expect(await postWith(ada, mask)).toBe('mismatch')
    expect(await postWith(bob, (mask.startsWith('A') ? 'B' : 'A') + mask.slice(1))).toBe('mismatch')
  })

  it('is checked by verify(), like the plain token', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const masked = await maskedOf(world, ada)

    const response = await world.answer(ada, (_, c) => {
      const csrf = c.get('csrf')
      const values: unknown[] = [csrf.token(), masked, '', 'x', undefined, null, 1, {}, [masked]]
      return c.json(values.map((value) => csrf.verify(value as string)))
    })

    expect(await response.json()).toEqual([true, true, ...Array(7).fill(false)])
  })
})
