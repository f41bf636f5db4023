// A session that is written by hand for this app: a signed id, an expiry time, a CSRF check and a store that
// compares versions. It has no options, no flash messages, no list of a user's sessions, no events and no retry
// after a conflict. A library cannot cost less, so this app shows how far Orbit is from the minimum.

import { hash, randomBytes, timingSafeEqual } from 'node:crypto'
import { Hono } from 'hono'
import { addRoutes, serve } from './on-hono.mjs'
import { secret } from './world.mjs'

const idle = 7_200_000
const attributes = '; Max-Age=43200; Path=/; HttpOnly; SameSite=Lax'

export const byHand = {
  open(world) {
    const app = new Hono()
    app.use(middleware())
    addRoutes(app, world, {
      open: (c) => c.get('session'),
      get: (session, key) => session.get(key),
      put: (session, values) => session.put(values),
      increment: (session) => session.put({ clicks: (session.get('clicks') ?? 0) + 1 }),
      signIn: (session, values) => session.put(values),
      signOut() {},
    })
    return { listen: () => serve(app) }
  },
}

function middleware() {
  const records = new Map()
  const verified = new Map()
  return async function sessions(c, next) {
    const header = c.req.raw.headers.get('Cookie') ?? ''
    const cookie = cookieIn(header, 'session=')
    const id = cookie && (verified.get(cookie) ?? verify(cookie, verified))
    const session = new ByHand(id, records)
    c.set('session', session)
    if (c.req.method !== 'GET' && !isChecked(c, id)) return c.text('no', 403)
    await next()
    if (!session.isUsed) return
    if (session.isChanged && !session.save()) return c.text('conflict', 409)
    const { headers } = c.res
    if (!id) {
      const fresh = session.random
      headers.append('Set-Cookie', `session=${fresh}.${mac(`id ${fresh}`)}${attributes}`)
      headers.append('Set-Cookie', `XSRF-TOKEN=${mac(`token ${fresh}`)}${attributes}`)
    }
    headers.set('Cache-Control', 'no-store')
    headers.append('Vary', 'Cookie')
  }
}

class ByHand {
  isUsed = false
  isChanged = false
  #random
  #key
  #records
  #record
  #contents

  constructor(id, records) {
    this.#random = id?.random
    this.#key = id?.key
    this.#records = records
  }

  get random() {
    this.#random ??= randomBytes(32).toString('base64url')
    return this.#random
  }

  get(key) {
    return this.#load().get(key)
  }

  put(values) {
    this.#contents = new Map(this.#load())
    for (const [key, value] of Object.entries(values)) this.#contents.set(key, value)
    this.isChanged = true
  }

  #load() {
    this.isUsed = true
    if (this.#contents) return this.#contents
    const record = this.#key && this.#records.get(this.#key)
    if (!record || record.expiresAt <= Date.now()) return new Map()
    this.#record = record
    // Another request has already parsed the record of this version.
    record.contents ??= new Map(JSON.parse(record.text))
    this.#contents = record.contents
    return record.contents
  }

  /** Returns true if no other request was faster. */
  save() {
    const key = this.#key ?? keyOf(this.random)
    if (this.#records.get(key)?.version !== this.#record?.version) return false
    const text = JSON.stringify([...this.#contents])
    const version = randomBytes(12).toString('base64url')
    this.#records.set(key, {
      version,
      text,
      expiresAt: Date.now() + idle,
      contents: this.#contents,
    })
    return true
  }
}

function verify(cookie, verified) {
  const [random, signature = ''] = cookie.split('.')
  if (!isEqual(mac(`id ${random}`), signature)) return undefined
  const id = { random, key: keyOf(random), token: mac(`token ${random}`) }
  verified.set(cookie, id)
  return id
}

function isChecked({ req }, id) {
  const site = req.header('Sec-Fetch-Site')
  if (site !== undefined && site !== 'same-origin') return false
  return id !== undefined && isEqual(id.token, req.header('X-CSRF-Token') ?? '')
}

function cookieIn(header, start) {
  const from = header.indexOf(start)
  if (from < 0) return undefined
  const to = header.indexOf(';', from)
  return header.slice(from + start.length, to < 0 ? undefined : to)
}

const keyOf = (random) => hash('sha256', random, 'base64url')
/** This is not an HMAC as in RFC 2104, but it computes the same number of hashes. */
const mac = (text) => hash('sha256', secret + hash('sha256', secret + text), 'base64url')

function isEqual(a, b) {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
}
