import { type TestClient, testClient } from '@gravito/orbit/testing'
import type { Hono } from 'hono'
import { TOTP, URI } from 'otpauth'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { useAppOf } from './recipe-app.ts'

const minute = 60_000
const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
const recoveryCode = '4bf1c0a9d27e6b835c1f'

describe('the recipe for two-factor sign-in', () => {
  const makeApp = useAppOf('docs/recipes/second-factor.md')
  let app: Hono

  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2030, 0, 1) })
    app = await makeApp()
  })
  afterEach(() => void vi.useRealTimers())

  const pass = (milliseconds: number) => vi.setSystemTime(Date.now() + milliseconds)
  /** The current code of the authenticator app. */
  const code = (of = secret) => new TOTP({ secret: of }).generate()
  const wrong = () => (code() === '000000' ? '111111' : '000000')

  async function enterPassword(client = testClient(app)): Promise<TestClient> {
    await client.get('/login')
    await client.post('/login', { form: { name: 'ada' } })
    return client
  }

  /** Sends the code, and returns the target of the redirect. */
  const enter = async (client: TestClient, value: string, page = '/login/code') =>
    (await client.post(page, { form: { code: value } })).headers.get('Location')

  const me = async (client: TestClient) => (await client.get('/account')).text()
  const nobody = expect.stringContaining('session-no-owner')

  it('signs nobody in before the code, and creates a new id at each step', async () => {
    const client = testClient(app)
    await client.get('/login')
    const ids = [client.cookies.get('session')]
    await enterPassword(client)
    ids.push(client.cookies.get('session'))
    expect(await me(client)).toEqual(nobody)

    expect(await enter(client, code())).toBe('/account')

    ids.push(client.cookies.get('session'))
    expect(await me(client)).toBe('You are ada, by totp.')
    expect(new Set(ids).size).toBe(3)
  })

  it('cannot be completed with the id from before the password', async () => {
    const client = testClient(app)
    await client.get('/login')
    const other = client.copy()
    await enterPassword(client)

    expect(await enter(other, code())).not.toBe('/account')
    expect(await enter(client, code())).toBe('/account')
  })

  it('redirects to the requested page', async () => {
    const client = testClient(app)
    await client.get('/login')
    const query = '?next=%2Faccount%3Fpage%3D2'

    const answer = await client.post(`/login${query}`, { form: { name: 'ada' } })

    expect(answer.headers.get('Location')).toBe(`/login/code${query}`)
    expect(await enter(client, code(), `/login/code${query}`)).toBe('/account?page=2')
  })

  it('accepts a code only once, whatever the browser, and then the next code', async () => {
    const [one, other] = [await enterPassword(), await enterPassword()]
    expect(await enter(one, code())).toBe('/account')

    expect(await enter(other, code())).toBe('/login/code')
    expect(await me(other)).toEqual(nobody)
    pass(minute / 2)
    expect(await enter(other, code())).toBe('/account')
  })

  it('accepts a code once if two browsers send it at the same time', async () => {
    const clients = [await enterPassword(), await enterPassword()]

    const led = await Promise.all(clients.map((client) => enter(client, code())))

    expect(led.sort()).toEqual(['/account', '/login/code'])
  })

  it('redirects both requests of a double click to the account page', async () => {
    const client = await enterPassword()

    const led = await Promise.all([enter(client, code()), enter(client, code())])

    expect(led).toContain('/account')
    for (const to of led) {
      const { status, headers } = await client.get(to ?? '')
      expect([status, headers.get('Location')]).toEqual(
        to === '/account' ? [200, null] : [303, '/account'],
      )
    }
  })

  it('asks for the password again after five wrong codes, even if they overlap', async () => {
    const client = await enterPassword()
    await Promise.all(Array.from({ length: 5 }, () => enter(client, wrong())))

    expect(await enter(client, code())).toBe('/login')

    await enterPassword(client)
    expect(await enter(client, code())).toBe('/account')
  })

  it('accepts only recovery codes after ten wrong codes from all browsers together', async () => {
    const five = async (client: TestClient) => {
      for (let count = 0; count < 5; count += 1) await enter(client, wrong())
    }
    await five(await enterPassword())
    await five(await enterPassword())
    const client = await enterPassword()

    expect(await enter(client, code())).toBe('/login/code')
    expect(await enter(client, recoveryCode)).toBe('/account')
    expect(await me(client)).toBe('You are ada, by recovery code.')
    expect(await enter(await enterPassword(), code())).toBe('/account')
  })

  it('accepts a recovery code once', async () => {
    const clients = [await enterPassword(), await enterPassword()]

    const led = await Promise.all(clients.map((client) => enter(client, recoveryCode)))

    expect(led.sort()).toEqual(['/account', '/login/code'])
  })

  it('asks for the password again after ten minutes', async () => {
    const client = await enterPassword()
    pass(10 * minute)

    expect(await enter(client, code())).toBe('/login')
  })

  describe('when a user enables it', () => {
    /** A signed-in user on the setup page, and the secret that the page shows. */
    async function begin() {
      const client = await enterPassword()
      await enter(client, code())
      const { uri } = await (await client.get('/two-factor/setup')).json()
      return { client, newSecret: URI.parse(String(uri)).secret.base32 }
    }
    const prove = async (client: TestClient, value: string) =>
      client.post('/two-factor/setup', { form: { code: value } })

    it('gives ten recovery codes, ends the other sessions, and does not accept the first code again', async () => {
      const other = await enterPassword()
      await enter(other, code())
      pass(minute)
      const { client, newSecret } = await begin()
      pass(minute / 2)

      const { recoveryCodes } = await (await prove(client, code(newSecret))).json()

      expect(recoveryCodes).toHaveLength(10)
      expect(await me(other)).toEqual(nobody)
      expect(await me(client)).toContain('You are ada')
      const next = await enterPassword()
      expect(await enter(next, code(newSecret))).toBe('/login/code')
      expect(await enter(next, String(recoveryCodes[0]))).toBe('/account')
    })

    it('returns recovery codes for one of two overlapping clicks', async () => {
      const { client, newSecret } = await begin()

      const answers = await Promise.all([
        prove(client, code(newSecret)),
        prove(client, code(newSecret)),
      ])

      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    })

    it('requires a correct code', async () => {
      const { client } = await begin()

      expect((await prove(client, 'none')).headers.get('Location')).toBe('/two-factor/setup')
      const { errors } = await (await client.get('/two-factor/setup')).json()
      expect(errors).toEqual(['The code is wrong.'])
    })

    it('requires a recent sign-in or a code', async () => {
      const { client } = await begin()
      pass(11 * minute)
      expect((await client.get('/two-factor/setup')).status).toBe(403)

      expect(await enter(client, wrong(), '/two-factor/confirm')).toBe(null)
      expect((await client.get('/two-factor/setup')).status).toBe(403)
      expect(await enter(client, code(), '/two-factor/confirm')).toBe('/account')
      expect((await client.get('/two-factor/setup')).status).toBe(200)
    })
  })
})
