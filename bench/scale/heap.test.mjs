import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { commandOf } from '../lib/runtimes.mjs'

const program = fileURLToPath(new URL('sessions.mjs', import.meta.url))
const sessions = 50_000
/** The heap that the app itself needs, in bytes per session. */
const app = 150

/**
 * Runs on Node 24, if it is installed. Its compiler may remove the read that joins the parts of a string, and then a
 * session needs more heap.
 */
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
