import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { commandOf } from '../lib/runtimes.mjs'

const program = fileURLToPath(new URL('sessions.mjs', import.meta.url))
const sessions = 50_000
/** What the app itself takes, shared out among so few sessions. */
const app = 150

/** On the newest long-term release: some texts stay in parts only where its compiler is at work. */
it('a session takes less than 900 bytes of heap', async () => {
  const execPath = commandOf('node')
  const child = fork(program, ['orbit', String(sessions)], { execPath, execArgv: ['--expose-gc'] })
  try {
    const [{ heap }] = await once(child, 'message')

    expect(heap).toBeGreaterThan(500)
    expect(heap).toBeLessThan(900 + app)
  } finally {
    child.kill()
  }
})
