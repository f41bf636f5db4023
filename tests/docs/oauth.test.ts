import { type TestClient, testClient } from '@gravito/orbit/testing'
import type { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { useService } from './oauth-service.ts'
import { useAppOf } from './recipe-app.ts'

describe('the recipe for signing in with another service', () => {
  const service = useService()
  const makeApp = useAppOf('docs/recipes/oauth.md')
  let app: Hono

  beforeEach(async () => {
    vi.stubEnv('ISSUER', service().url)
    vi.useFakeTimers({ toFake: ['Date'] })
    app = await makeApp()
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllEnvs()
  })

  /** Starts a sign-in at the service, and returns the link back to the app. */
  async function begin(client: TestClient, page = '/login'): Promise<string> {
    await client.get(page)
    const answer = await client.post(page)
    const { pathname, search } = await service().authorize(answer.headers.get('Location') ?? '')
    return pathname + search
  }

  const me = async (client: TestClient) => (await client.get('/account')).text()
  const nobody = expect.stringContaining('session-no-owner')
  const toOf = (answer: Response) => answer.headers.get('Location')

  it('signs in under a new id', async () => {
    const client = testClient(app)
    const link = await begin(client)
    const before = client.cookies.get('session')

    expect(toOf(await client.get(link))).toBe('/account')

    expect(client.cookies.get('session')).not.toBe(before)
    expect(await me(client)).toBe('You are id.example|ada.')
  })

  it.each([
    ['%2Faccount%3Fpage%3D2', '/account?page=2'],
    ['https%3A%2F%2Fevil.example%2F', '/account'],
  ])('redirects to the requested page, if it is on this site: %s', async (next, to) => {
    const client = testClient(app)

    expect(toOf(await client.get(await begin(client, `/login?next=${next}`)))).toBe(to)
  })

  it('accepts exactly one of two overlapping callbacks', async () => {
    const client = testClient(app)
    const link = await begin(client)
    const before = service().asked

    const answers = await Promise.all([client.get(link), client.get(link)])

    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1)
    expect(service().asked).toBe(before + 1)
  })

  it('refuses a link that was already used', async () => {
    const client = testClient(app)
    const link = await begin(client)
    await client.get(link)

    expect((await client.get(link)).status).toBe(400)
    expect(await me(client)).toBe('You are id.example|ada.')
  })

  it('refuses the link in another browser, and still accepts it in the right one', async () => {
    const [client, other] = [testClient(app), testClient(app)]
    const link = await begin(client)
    await begin(other)
    const before = service().asked

    expect((await other.get(link)).status).toBe(400)
    expect(service().asked).toBe(before)
    expect(await me(other)).toEqual(nobody)
    expect((await client.get(link)).status).toBe(303)
  })

  it('signs in from two tabs, one after the other', async () => {
    const client = testClient(app)
    const links = [await begin(client), await begin(client)]

    for (const link of links) expect((await client.get(link)).status).toBe(303)
  })

  it('refuses a link after ten minutes', async () => {
    const client = testClient(app)
    const link = await begin(client)
    vi.setSystemTime(Date.now() + 10 * 60_000)

    expect((await client.get(link)).status).toBe(400)
  })

  it('signs nobody in if the user denies access', async () => {
    const client = testClient(app)
    const link = await begin(client)
    const denied = link.replace(/code=[^&]*/, 'error=access_denied')

    expect((await client.get(denied)).status).toBe(400)
    expect((await client.get(link)).status).toBe(400)
    expect(await me(client)).toEqual(nobody)
  })
})
