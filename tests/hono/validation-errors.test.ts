import { OrbitSession, type SessionOptions } from '@gravito/orbit'
import { testClient } from '@gravito/orbit/testing'
import { PlanetCore, ValidationError } from 'gravito-core'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { secret } from './setting.ts'

const member = z.object({
  name: z.string().min(5, 'is too short'),
  email: z.email('is not an address'),
  password: z.string(),
})

const silent = { debug() {}, info() {}, warn() {}, error() {} }

/** A Gravito app with a form, and a browser that has it open. */
async function openForm(options: SessionOptions = {}) {
  const core = await PlanetCore.boot({
    logger: silent,
    orbits: [new OrbitSession({ secret, ...options })],
    routes: (routes) => {
      routes.get('/join', (c) => {
        const session = c.get('session')
        const typed = ['name', 'email', 'password', 'photo'].map((name) => session.old(name))
        return c.json({ typed, errors: session.errors(), tries: session.get('tries', 0) })
      })
      routes.post('/join', async (c) => {
        c.get('session').increment('tries')
        const { name, email } = member.parse(await c.req.parseBody())
        if (name === 'Adele') throw new ValidationError({ email: `${email} is taken` })
        return c.redirect('/', 303)
      })
      routes.post('/admin/join', () => {
        throw new ValidationError({ issues: 'are too many' })
      })
    },
  })
  const client = testClient(core)
  await client.get('/join')
  const accept = { Accept: 'text/html', Referer: 'http://localhost/join' }
  return {
    client,
    send: (form: Record<string, string>) => client.post('/join', { form, headers: accept }),
    page: async () => (await client.get('/join')).json(),
  }
}

const input = { name: 'Ada', email: 'ada', password: 'secret-engine' }

describe('a form of a Gravito app with invalid input', () => {
  it('is shown again with its errors and its input, once, and without the password', async () => {
    const { page, send } = await openForm()

    const response = await send(input)

    expect([response.status, response.headers.get('Location')]).toEqual([303, '/join'])
    expect(await page()).toEqual({
      typed: ['Ada', 'ada', null, null],
      errors: { name: ['is too short'], email: ['is not an address'] },
      tries: 0,
    })
    expect(await page()).toEqual({ typed: [null, null, null, null], errors: {}, tries: 0 })
  })

  it('is shown again for an error of the app itself', async () => {
    const { page, send } = await openForm()

    await send({ ...input, name: 'Adele', email: 'ada@example.com' })

    expect(await page()).toMatchObject({ errors: { email: ['ada@example.com is taken'] } })
  })

  it('is shown again even if a field has a special name for the session', async () => {
    const { client, page } = await openForm()

    await client.post('/admin/join', { form: {}, headers: { Accept: 'text/html' } })

    expect((await page()).errors).toEqual({ issues: ['are too many'] })
  })

  it('is shown again without its files', async () => {
    const { client, page } = await openForm()
    const body = new FormData()
    body.append('name', 'Ada')
    body.append('photo', new File(['pixels'], 'ada.png', { type: 'image/png' }))

    await client.post('/join', { body, headers: { Accept: 'text/html' } })

    expect((await page()).typed).toEqual(['Ada', null, null, null])
  })

  it('returns 422 to a script, and stores nothing', async () => {
    const { client, page } = await openForm()

    const response = await client.post('/join', { json: input, headers: { Accept: '*/*' } })

    expect(response.status).toBe(422)
    expect((await response.json()).error.code).toBe('validation-failed')
    expect((await page()).errors).toEqual({})
  })

  it('returns 422 if browsers send no session cookie', async () => {
    const { client } = await openForm({ cookie: { path: '/join' } })

    const response = await client.post('/admin/join', {
      form: {},
      headers: { Accept: 'text/html' },
    })

    expect(response.status).toBe(422)
    expect((await response.json()).error.errors).toEqual({ issues: ['are too many'] })
  })
})
