import { SessionError } from '@gravito/orbit'
import { HTTPException } from 'hono/http-exception'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Client } from './client.ts'
import { arrived, setting, signedIn } from './setting.ts'

beforeEach(() => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => {})
  return () => log.mockRestore()
})

const header = 'Session-Refused'
const page = { Accept: 'text/html' }
const json = { Accept: 'application/json' }

/** A client with the id that a user's session had before it moved. */
async function stale(world: ReturnType<typeof setting>): Promise<Client> {
  const ada = await signedIn(world.client())
  const before = ada.copy()
  await ada.post('/regenerate')
  return before
}

describe('the Session-Refused header', () => {
  it.each([json, page])(
    'has the reason for a refusal of the CSRF check, for %j',
    async (headers) => {
      const world = setting()
      const client = await arrived(world.client())
      const wrong = { 'X-CSRF-Token': 'wrong', ...headers }

      expect((await world.client().send('POST', '/put', { headers })).headers.get(header)).toBe(
        'no-session',
      )
      expect((await client.send('POST', '/put', { headers })).headers.get(header)).toBe('missing')
      expect((await client.post('/put', { headers: wrong })).headers.get(header)).toBe('mismatch')
      world.clock.pass(1e6)
      expect((await client.post('/put', { headers })).headers.get(header)).toBe('expired')
    },
  )

  it('also has the reason if csrf.onError makes the response', async () => {
    const world = setting({ csrf: { onError: (c) => c.text('Please reload.', 409) } })
    const response = await world.client().send('POST', '/put')

    expect(response.status).toBe(409)
    expect(response.headers.get(header)).toBe('no-session')
  })

  it.each([json, page])(
    'is session-stale on the 409 before the handler, for %j',
    async (headers) => {
      const response = await (await stale(setting())).post('/put', { headers })

      expect(response.status).toBe(409)
      expect(response.headers.get(header)).toBe('session-stale')
      expect(await response.text()).toContain('session-stale')
    },
  )

  it.each([
    ['another response', 418, (_: Error) => undefined],
    ['the response of the error', 409, (error: HTTPException) => error.getResponse()],
  ] as const)('is also session-stale if app.onError returns %s', async (_, status, own) => {
    const world = setting()
    world.app.onError((error, c) => {
      const response = error instanceof HTTPException ? own(error) : undefined
      return response ?? c.json({ oops: true }, 418)
    })

    const response = await (await stale(world)).post('/put')

    expect(response.status).toBe(status)
    expect(response.headers.get(header)).toBe('session-stale')
  })

  it.each(['GET', 'HEAD'])('is not on the response to a %s', async (method) => {
    const response = await (await stale(setting())).send(method, '/me')

    expect(response.status).toBe(200)
    expect(response.headers.has(header)).toBe(false)
  })

  it('is not on a 409 that a handler causes', async () => {
    const world = setting()
    const ada = await signedIn(world.client())

    const thrown = await world.answer(ada, () => {
      throw new SessionError('session-moved', 'moved')
    })
    expect(thrown.status).toBe(409)
    expect(thrown.headers.has(header)).toBe(false)
  })

  it('is not on a 409 of the commit', async () => {
    const world = setting()
    const visitor = await arrived(world.client())
    const sameVisitor = visitor.copy()

    const response = await world.answer(visitor, async (session) => {
      session.put('late', true)
      await sameVisitor.post('/login')
    })

    expect(response.status).toBe(409)
    expect(await response.json()).toMatchObject({ error: { code: 'session-moved' } })
    expect(response.headers.has(header)).toBe(false)
  })

  it('is not on the response in report-only mode', async () => {
    const world = setting({ csrf: { reportOnly: true } })
    const response = await world.client().send('POST', '/put')

    expect(response.status).toBe(200)
    expect(response.headers.has(header)).toBe(false)
  })
})
