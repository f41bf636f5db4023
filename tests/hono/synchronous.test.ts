import { memoryStore, type Session, type SessionStore } from '@gravito/orbit'
import { describe, expect, it } from 'vitest'
import { newStore } from '../behaviour/store.ts'
import { Clock, setting, signedIn } from './setting.ts'

type Synchronous = ReturnType<typeof memoryStore>

/** The store of the suites if it is synchronous (memory, sqlite), otherwise a memory store. */
function synchronousStore(now: () => number): SessionStore {
  const store = newStore({ now })
  return 'isSynchronous' in store && store.isSynchronous === true ? store : memoryStore({ now })
}

/** An app on a synchronous store, and the commands of the store. */
function onSynchronous(changes: (store: SessionStore) => Partial<Synchronous> = () => ({})) {
  const clock = new Clock()
  const inner = synchronousStore(clock.now)
  const calls: string[] = []
  const store: SessionStore & { readonly isSynchronous: boolean } = {
    isSynchronous: true,
    load: (key) => {
      calls.push('load')
      return inner.load(key)
    },
    compareAndSet: (key, version, next) => {
      calls.push('compareAndSet')
      return inner.compareAndSet(key, version, next)
    },
    close: () => inner.close(),
    ...changes(inner),
  }
  const world = setting({ store, now: clock.now })
  return { ...world, clock, taken: () => calls.splice(0), calls }
}

describe('a synchronous store (R8)', () => {
  it.each(['GET', 'HEAD', 'OPTIONS'])(
    'is not called by a %s that does not use the session',
    async (method) => {
      const world = onSynchronous()
      world.app.options('/free', (c) => c.text('free'))
      const ada = await signedIn(world.client())
      world.clock.pass(300)
      world.taken()

      expect((await ada.send(method, '/free')).status).toBe(200)
      expect(world.taken()).toEqual([])
    },
  )

  it('is not called by a log line that reads the handle and isStarted()', async () => {
    const world = onSynchronous()
    const seen: unknown[] = []
    world.app.get('/logged', (c) => {
      const session = c.get('session')
      seen.push(session.handle, session.isStarted())
      return c.text('logged')
    })
    const ada = await signedIn(world.client())
    const handle = await world.within(ada, (session) => session.handle)
    world.taken()

    const response = await ada.get('/logged')

    expect(seen).toEqual([handle, false])
    expect(response.headers.getSetCookie()).toEqual([])
    expect(world.taken()).toEqual([])
  })

  it('is read once, within the first use', async () => {
    const world = onSynchronous()
    const ada = await signedIn(world.client())
    world.taken()
    const read = (session: Session) => {
      const before = [...world.calls]
      const userId = session.get('userId')
      return { before, userId, after: [...world.calls, session.has('a') && 'never'] }
    }

    expect(await world.within(ada, read, { method: 'GET' })).toEqual({
      before: [],
      userId: 'ada',
      after: ['load', false],
    })
    expect(world.taken()).toEqual(['load'])
  })

  it('is read at the first use, not at the start of the request', async () => {
    const world = onSynchronous()
    const ada = await signedIn(world.client())
    const seen = await world.within(
      ada.copy(),
      async (session) => {
        expect((await ada.copy().post('/put?color=red')).status).toBe(200)
        return session.get('color')
      },
      { method: 'GET' },
    )

    expect(seen).toBe('red')
  })

  it('keeps the write of a request that started before the session moved (R4)', async () => {
    const world = onSynchronous()
    const ada = await signedIn(world.client())
    const page = ada.copy()
    const late = async (session: Session) => {
      world.clock.pass(1)
      expect((await ada.post('/regenerate')).status).toBe(200)
      session.put('late', 1)
    }
    await world.within(page, late, { method: 'GET' })

    expect(await ada.json('/all')).toEqual({ userId: 'ada', late: 1 })
  })

  it('drops the write of a request that started before the session ended, and sets no cookie (R2, R4)', async () => {
    const world = onSynchronous()
    const ada = await signedIn(world.client())
    const page = ada.copy()
    const response = await world.answer(
      page,
      async (session) => {
        world.clock.pass(1)
        expect((await ada.post('/logout')).status).toBe(200)
        expect((await ada.post('/login?as=grace')).status).toBe(200)
        session.put('late', 1)
      },
      { method: 'GET' },
    )

    expect(response.status).toBe(200)
    expect(response.headers.getSetCookie()).toEqual([])
    expect(await ada.json('/all')).toEqual({ userId: 'grace' })
  })

  it('gets as many calls as any other store for a read and a write', async () => {
    const world = onSynchronous()
    const ada = await signedIn(world.client())
    world.taken()
    await ada.get('/me')
    expect(world.taken()).toEqual(['load'])
    await ada.post('/put?a=b')

    expect(world.taken()).toEqual(['load', 'compareAndSet'])
  })

  it('that fails makes only requests that use the session fail with 503', async () => {
    let isBroken = false
    const world = onSynchronous((inner) => ({
      load: (key) => {
        if (isBroken) throw new Error('the disk is gone')
        return inner.load(key) as ReturnType<Synchronous['load']>
      },
    }))
    const ada = await signedIn(world.client())
    isBroken = true

    expect((await ada.get('/free')).status).toBe(200)
    const response = await ada.get('/me')
    expect([response.status, response.headers.get('Retry-After')]).toEqual([
      503,
      expect.any(String),
    ])
    expect(response.headers.getSetCookie()).toEqual([])
    isBroken = false
    expect(await ada.json('/me')).toEqual({ userId: 'ada' })
  })

  it('that becomes async after a request has started makes it fail with 503, not with 500 (R23)', async () => {
    let isSynchronous = true
    let isOpen = true
    const clock = new Clock()
    const inner = synchronousStore(clock.now)
    const store: SessionStore & { readonly isSynchronous: boolean } = {
      get isSynchronous() {
        return isSynchronous
      },
      load: (key) => (isSynchronous ? inner.load(key) : Promise.resolve(inner.load(key))),
      compareAndSet: inner.compareAndSet,
      close: inner.close,
    }
    const world = setting({ store, now: clock.now })
    world.app.get('/later', (c) => {
      isSynchronous = isOpen
      return c.text(String(c.get('session').get('userId')))
    })
    const ada = await signedIn(world.client())

    expect(await (await ada.get('/later')).text()).toBe('ada')
    isOpen = false
    expect((await ada.get('/later')).status).toBe(503)
    // The next request waits for the store before its handler runs.
    expect(await (await ada.get('/later')).text()).toBe('ada')
  })

  it('that returns a promise causes an error that says so', async () => {
    const world = onSynchronous((inner) => ({ load: async (key) => inner.load(key) }))
    const errors: unknown[] = []
    world.app.onError((error, c) => {
      errors.push(error.message)
      return c.text('error', 500)
    })
    const ada = await signedIn(world.client())

    expect((await ada.get('/me')).status).toBe(500)
    expect(errors[0]).toMatch(/synchronous: true.*promise/)
    expect((await ada.get('/free')).status).toBe(200)
  })
})
