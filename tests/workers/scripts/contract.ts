import { d1Store, durableObjectStore } from '@gravito/orbit/cloudflare'
import { describeSessionStore, type OpenStores } from '@gravito/orbit/testing'
import type { Env } from './env.ts'

/** The contract suite inside a Worker: `GET /` lists its tests, `GET /<number>` runs one. */
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const tests = testsOf(env.STORE === 'd1' ? openD1(env) : openObjects(env))
    const { pathname } = new URL(request.url)
    if (pathname === '/') return Response.json(tests.map(({ name }) => name))
    const test = tests[Number(pathname.slice(1))]
    if (!test) return new Response('There is no test with this number.', { status: 404 })
    try {
      await test.body()
      return new Response('passed')
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
      return new Response(text, { status: 500 })
    }
  },
}

function testsOf(open: OpenStores): { name: string; body: () => Promise<void> }[] {
  const tests: { name: string; body: () => Promise<void> }[] = []
  const path: string[] = []
  describeSessionStore('a store of Cloudflare', open, {
    describe(name, body) {
      path.push(name)
      body()
      path.pop()
    },
    it(name, body) {
      tests.push({ name: [...path, name].join(' > '), body })
    },
  })
  return tests
}

function openObjects({ SESSIONS }: Env): OpenStores {
  return ({ now }) => {
    const [one, other] = [
      durableObjectStore(SESSIONS, { now }),
      durableObjectStore(SESSIONS, { now }),
    ]
    return { stores: [one, other], close() {} }
  }
}

/** A separate table for each test. */
function openD1({ DB }: Env): OpenStores {
  return async ({ now }) => {
    const table = `test_${crypto.randomUUID().replaceAll('-', '_')}`
    const options = { table, createTable: true, now }
    const [one, other] = [d1Store(DB, options), d1Store(DB, options)]
    await one.load('a')
    const spoil = async (key: string) => {
      const columns = 'key, version, expires_at, evictable, payload'
      const row = `INSERT INTO "${table}" (${columns}) VALUES (?, NULL, NULL, 0, ?)`
      await DB.prepare(row).bind(key, 'x').run()
    }
    return { stores: [one, other], spoil, close() {} }
  }
}
