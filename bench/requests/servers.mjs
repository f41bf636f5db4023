// Starts one app in one process, and checks it before it is measured.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Browser } from '../browser.mjs'

/** The number of connections. Each has a separate session. */
export const connections = 20

const file = fileURLToPath(new URL('../server.mjs', import.meta.url))

/**
 * Starts the app of a row.
 *
 * @throws an error if the app does not respond like all other apps
 */
export async function startServer(row, { command, onItsOwn, redis }) {
  const child = spawn(...onItsOwn(command, [file, ...row.app.split(' ')]), {
    env: {
      ...process.env,
      NODE_ENV: 'production',
      APP_KEY: '',
      ORBIT_BUILD: row.build ?? '',
      REDIS_URL: redis?.url ?? '',
      BENCH_PREFIX: row.build ? 'bench-before:' : 'bench:',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })
  const [line] = await Promise.race([once(lines, 'line'), once(child, 'exit').then(() => [])])
  if (!line) throw new Error(`${row.name} did not start`)
  const [url, clock] = line.split(' ')
  const ended = once(child, 'exit')
  const stop = () => {
    child.kill()
    return ended
  }
  const server = { row, url, stop, writes: 0 }
  try {
    const people = row.isBare ? bareCookies() : await signInAll(server)
    return { ...server, people, cpu: () => cpuOf(clock) }
  } catch (error) {
    child.kill()
    throw new Error(`${row.name}: ${error.message}`, { cause: error })
  }
}

/** Returns the CPU time of all threads of the process so far, in microseconds. */
async function cpuOf(clock) {
  const { user, system } = await (await fetch(clock)).json()
  return user + system
}

/** Returns the headers for an app without sessions. It reads cookies of the same length as the other apps. */
function bareCookies() {
  const cookie = `session=s.${'x'.repeat(60)}.${'y'.repeat(43)}; XSRF-TOKEN=${'z'.repeat(43)}`
  return Array.from({ length: connections }, () => ({ cookie, 'X-CSRF-Token': 'z'.repeat(43) }))
}

async function signInAll({ row, url }) {
  const people = []
  for (let count = 0; count < connections; count += 1) {
    const browser = new Browser(url)
    await expectJson(browser, '/me', { userId: null })
    await expectOk(browser, '/sign-in')
    await expectJson(browser, '/me', { userId: 'ada' })
    await expectJson(browser, '/unused', { ok: true })
    await expectOk(browser, '/increment')
    await expectOk(browser, '/increment')
    await expectOk(browser, '/check')
    await expectJson(browser, '/keys', { a: null, b: null, clicks: 2 })
    if (row.isChecked) await expectRefusal(url, browser)
    people.push(browser.headers)
  }
  return people
}

/** Returns the clicks of all users, to check whether all writes of the load are stored. */
export async function clicksOf({ url, people }) {
  let clicks = 0
  for (const { cookie } of people) {
    clicks += (await (await fetch(`${url}/keys`, { headers: { cookie } })).json()).clicks
  }
  return clicks - 2 * people.length
}

async function expectJson(browser, path, expected) {
  const seen = JSON.stringify(await browser.json(path))
  if (seen !== JSON.stringify(expected)) throw new Error(`${path} responded with ${seen}`)
}

async function expectOk(browser, path) {
  const response = await browser.post(path)
  const text = await response.text()
  if (text !== '{"ok":true}') throw new Error(`${path} responded with ${response.status} ${text}`)
}

async function expectRefusal(url, { cookie }) {
  const { status } = await fetch(`${url}/check`, { method: 'POST', headers: { cookie } })
  if (status !== 403) throw new Error(`a POST without a token got the status ${status}`)
}
