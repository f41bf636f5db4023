import type { Session } from '@gravito/orbit'
import type { Context } from 'hono'
import { stream } from 'hono/streaming'
import { describe, expect, it } from 'vitest'
import { setting, signedIn } from './setting.ts'

/** A page whose stream runs `use` after the handler has returned, and the result of that. */
function streamed(first: (session: Session) => void, late: (c: Context) => unknown) {
  const world = setting()
  const told: { value?: unknown; error?: unknown } = {}
  world.app.get('/streamed', (c) => {
    first(c.get('session'))
    c.header('Cache-Control', 'public, max-age=60')
    return stream(c, async (out) => {
      await out.sleep(1)
      try {
        told.value = late(c)
      } catch (error) {
        told.error = error
      }
      await out.write('page')
    })
  })
  return { world, told }
}

const committed = { code: 'session-committed', message: expect.stringContaining('before') }

describe('the first use of the session after the response has started (R6)', () => {
  it.each<[string, (c: Context) => unknown]>([
    ['get', (c) => c.get('session').get('userId')],
    ['has', (c) => c.get('session').has('userId')],
    ['all', (c) => c.get('session').all()],
    ['userId', (c) => c.get('session').userId],
    ['id', (c) => c.get('session').id()],
    ['expiresAt', (c) => c.get('session').expiresAt()],
    ['getFlash', (c) => c.get('session').getFlash('ok')],
    ['peekFlash', (c) => c.get('session').peekFlash('ok')],
    ['now', (c) => c.get('session').now('ok')],
    ['reflash', (c) => c.get('session').reflash()],
    ['csrf.token', (c) => c.get('csrf').token()],
    ['csrf.field', (c) => c.get('csrf').field()],
    ['csrf.verify', (c) => c.get('csrf').verify('x')],
  ])('throws from %s and says to use the session earlier', async (_, late) => {
    const { world, told } = streamed(() => {}, late)
    const ada = await signedIn(world.client())

    const response = await ada.get('/streamed')
    await response.text()

    expect(told.error).toMatchObject(committed)
    expect(response.headers.get('Cache-Control')).toBe('public, max-age=60')
  })

  it('throws in a middleware that reads after next()', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const kept = await world.answer(ada, (session, c) => {
      c.set('kept' as never, session as never)
      return c.text('ok')
    })
    expect(kept.status).toBe(200)
    let session: Session | undefined
    await world.answer(ada, (one, c) => {
      session = one
      return c.text('ok')
    })

    expect(() => session?.get('userId')).toThrow(expect.objectContaining(committed))
    expect(session?.isStarted()).toBe(false)
    expect(session?.handle).toEqual(expect.any(String))
  })

  it('is allowed if the handler had used the session before: the stream reads what the handler saw', async () => {
    const { world, told } = streamed(
      (session) => session.get('userId'),
      (c) => [c.get('session').get('userId'), c.get('csrf').token()],
    )
    const ada = await signedIn(world.client())

    const response = await ada.get('/streamed')
    await response.text()

    expect(told.value).toEqual(['ada', ada.token])
    expect(response.headers.get('Cache-Control')).toBe('private, max-age=60')
  })
})
