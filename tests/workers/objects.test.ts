import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { bundled } from './bundle.ts'
import { startWorkerd, type WorkerdOptions } from './workerd.ts'

async function start(options: Omit<WorkerdOptions, 'script' | 'workers'> = {}) {
  const workerd = await startWorkerd({
    ...options,
    script: 'records',
    workers: { app: {} },
  })
  onTestFinished(() => workerd.stop())
  const ask = async (path: string) => {
    const response = await fetch(`${workerd.url('app')}${path}`, { method: 'POST' })
    return { status: response.status, body: await response.json() }
  }
  return { ask, url: workerd.url('app') }
}

describe('the Durable Object of a session', () => {
  it('stores nothing before the first write and after the removal', async () => {
    const { ask } = await start()
    const nothing = { tables: 0, alarm: null }
    expect((await ask('/load?key=a')).body).toBe(null)
    expect((await ask('/look?key=a')).body).toEqual(nothing)
    expect((await ask('/set?key=a&next=v1&expiresIn=60000')).body).toBe(true)
    expect((await ask('/look?key=a')).body).toEqual({ tables: 1, alarm: expect.any(Number) })
    expect((await ask('/set?key=a&version=v1')).body).toBe(true)
    expect((await ask('/look?key=a')).body).toEqual(nothing)
  })

  it('deletes its storage when its record has expired', { timeout: 30_000 }, async () => {
    const { ask } = await start()
    await ask('/set?key=a&next=v1&expiresIn=500')
    await expect
      .poll(async () => (await ask('/look?key=a')).body, { timeout: 20_000 })
      .toEqual({ tables: 0, alarm: null })
  })

  it('keeps its alarm when the record is extended, and sets it again when it fires', {
    timeout: 30_000,
  }, async () => {
    const { ask } = await start()
    await ask('/set?key=a&next=v1&expiresIn=1000')
    const first = Object((await ask('/look?key=a')).body).alarm
    await ask('/set?key=a&version=v1&next=v2&expiresIn=600000')
    expect((await ask('/look?key=a')).body).toEqual({ tables: 1, alarm: first })
    await expect
      .poll(async () => Object((await ask('/look?key=a')).body).alarm, { timeout: 20_000 })
      .toBeGreaterThan(first + 500_000)
    expect((await ask('/load?key=a')).body).toMatchObject({ version: 'v2' })
  })

  it('sets its alarm earlier when the record expires much earlier', async () => {
    const { ask } = await start()
    await ask('/set?key=a&next=v1&expiresIn=600000')
    const first = Object((await ask('/look?key=a')).body).alarm
    await ask('/set?key=a&version=v1&next=v2&expiresIn=10000')
    expect(Object((await ask('/look?key=a')).body).alarm).toBeLessThan(first - 500_000)
  })

  it('has no alarm for a record that never expires', async () => {
    const { ask } = await start()
    await ask('/set?key=a&next=v1')
    expect((await ask('/look?key=a')).body).toEqual({ tables: 1, alarm: null })
  })

  it('never replaces a record of a newer release', async () => {
    const { ask } = await start()
    await ask('/raw?key=a')
    expect((await ask('/load?key=a')).body).toMatchObject({ code: 'session-newer-format' })
    expect((await ask('/set?key=a&next=v1')).body).toMatchObject({ code: 'session-newer-format' })
    expect((await ask('/set?key=a&version=v9')).body).toMatchObject({
      code: 'session-newer-format',
    })
  })

  it('causes an error with the solution if its class has no SQLite storage', async () => {
    const { ask } = await start({ hasSqlite: false })
    const { body } = await ask('/set?key=a&next=v1')
    expect(body).toMatchObject({ code: 'session-config' })
    expect(Object(body).message).toContain('new_sqlite_classes')
  })
})

describe('the table in D1', () => {
  it('causes an error with the SQL that creates it, if it is missing', async () => {
    const { ask } = await start()
    for (const path of ['/load?key=a', '/set?key=a&next=v1', '/ready']) {
      const { body } = await ask(`${path}${path.includes('?') ? '&' : '?'}store=d1`)
      expect(body).toMatchObject({ code: 'session-config' })
      expect(Object(body).message).toContain('CREATE TABLE IF NOT EXISTS "sessions"')
    }
  })

  it('is created by the SQL of d1Table()', async () => {
    const { ask } = await start()
    expect((await ask('/migrate')).body).toBe(true)
    expect((await ask('/ready?store=d1')).body).toBe(true)
    expect((await ask('/set?key=a&next=v1&store=d1')).body).toBe(true)
  })

  it('has no expired records after prune(), and lists the keys of all others', async () => {
    const { ask } = await start()
    await ask('/migrate')
    for (let count = 0; count < 5; count += 1) {
      await ask(`/set?key=gone${count}&next=v1&expiresIn=1&store=d1`)
    }
    await ask('/set?key=stays&next=v1&expiresIn=60000&store=d1')
    await ask('/set?key=forever&next=v1&store=d1')
    expect((await ask('/prune?store=d1')).body).toBe(5)
    expect((await ask('/keys?store=d1')).body).toEqual(['forever', 'stays'])
  })
})

describe('a Worker', () => {
  it('does not start without the flag nodejs_compat', async () => {
    const starting = startWorkerd({ script: 'app', workers: { app: { STORE: 'd1' } }, flags: [] })
    await expect(starting).rejects.toThrow(/No such module "node:/)
  })

  it('needs neither the package redis nor files and sockets of Node', async () => {
    const script = fileURLToPath(new URL('scripts/app.ts', import.meta.url))
    const code = await bundled(script)
    const modules = [...code.matchAll(/from\s*"(node:[^"]+)"/g)].map(([, name]) => name)
    expect([...new Set(modules)].sort()).toEqual([
      'node:buffer',
      'node:crypto',
      'node:net',
      'node:timers',
    ])
  })
})
