import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { useServer } from './use-server.ts'
import { Visitor } from './visitor.ts'

const demo = fileURLToPath(new URL('../../examples/session-demo', import.meta.url))
const gravito = fileURLToPath(new URL('../../node_modules/.bin/gravito', import.meta.url))

describe('the demo', () => {
  const server = useServer(() => () => ({
    command: gravito,
    args: ['serve', join('src', 'bootstrap.ts')],
    cwd: demo,
  }))

  const baseUrl = () => server().url

  const asBrowser = { Accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8' }

  async function page(visitor: Visitor): Promise<string> {
    const response = await visitor.send('GET', '/', { headers: asBrowser })
    expect(response.status).toBe(200)
    expect(response.headers.get('Content-Type')).toContain('text/html')
    return response.text()
  }

  /** Fills in the page's form: its hidden fields, and what the visitor types. */
  async function submit(visitor: Visitor, action: string, typed: Record<string, string> = {}) {
    const html = await page(visitor)
    expect(html).toContain(`action="${action}"`)
    const [, token = ''] = /<input type="hidden" name="_token" value="([^"]+)"/.exec(html) ?? []
    const body = new URLSearchParams({ _token: token, ...typed })
    const response = await visitor.send('POST', action, { headers: asBrowser, body })
    expect(response.status).toBe(303)
    expect(response.headers.get('Location')).toBe('/')
  }

  it('greets a newcomer with a form to sign in', async () => {
    const html = await page(new Visitor(baseUrl()))

    expect(html).toContain('Nobody yet')
    expect(html).toContain('action="/sign-in"')
  })

  it('signs in with a name, and says welcome once', async () => {
    const visitor = new Visitor(baseUrl())
    await submit(visitor, '/sign-in', { name: 'Ada' })

    const first = await page(visitor)
    expect(first).toContain('Signed in as <strong>Ada</strong>')
    expect(first).toContain('Welcome, Ada.')
    const second = await page(visitor)
    expect(second).toContain('Signed in as <strong>Ada</strong>')
    expect(second).not.toContain('Welcome')
  })

  it('shows a name as it was typed, and not as HTML', async () => {
    const visitor = new Visitor(baseUrl())
    await submit(visitor, '/sign-in', { name: '<img src=x>' })

    expect(await page(visitor)).not.toContain('<img')
  })

  it('signs nobody in without a name', async () => {
    const visitor = new Visitor(baseUrl())
    await submit(visitor, '/sign-in', { name: '  ' })

    expect(await page(visitor)).toContain('A name is needed')
    expect(await page(visitor)).toContain('Nobody yet')
  })

  it('signs out, and says so once', async () => {
    const visitor = new Visitor(baseUrl())
    await submit(visitor, '/sign-in', { name: 'Ada' })
    const before = visitor.copy()
    await submit(visitor, '/sign-out')

    expect(await page(visitor)).toContain('Signed out.')
    expect(await page(visitor)).not.toContain('Signed out.')
    expect(await before.json('/me')).toEqual({ userId: null })
  })

  it('answers a form without a token with a page that says it was refused', async () => {
    const visitor = new Visitor(baseUrl())
    await page(visitor)
    const body = new URLSearchParams({ name: 'Ada' })

    const response = await visitor.send('POST', '/sign-in', { headers: asBrowser, body })

    expect(response.status).toBe(403)
    expect(response.headers.get('Content-Type')).toContain('text/html')
    expect(await page(visitor)).toContain('Nobody yet')
  })

  it('counts clicks that carry the token of the cookie, and refuses the others', async () => {
    const visitor = new Visitor(baseUrl())
    await page(visitor)

    expect(await (await visitor.sendWithToken('POST', '/clicks')).json()).toEqual({ clicks: 1 })
    expect(await (await visitor.sendWithToken('POST', '/clicks')).json()).toEqual({ clicks: 2 })
    const refused = await visitor.send('POST', '/clicks')
    expect(await refused.json()).toMatchObject({ error: { reason: 'missing' } })
    expect(await page(visitor)).toContain('<strong id="clicks">2</strong>')
  })

  it.each(['/style.css', '/clicks.js'])('serves %s without a cookie', async (path) => {
    const response = await fetch(new URL(path, baseUrl()))

    expect(response.status).toBe(200)
    expect(response.headers.getSetCookie()).toEqual([])
  })
})
