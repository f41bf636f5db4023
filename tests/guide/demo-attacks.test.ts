import { request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { asBrowser, itemsOf } from './demo-reader.ts'
import { useDemo } from './use-demo.ts'
import { Visitor } from './visitor.ts'

const { server, newReader, signedIn } = useDemo()

describe('an attack', () => {
  async function refusal(response: Response): Promise<string | undefined> {
    expect(response.status).toBe(403)
    expect(response.headers.get('Content-Type')).toContain('text/html')
    expect(response.headers.getSetCookie()).toEqual([])
    const html = await response.text()
    expect(html).toContain('<h1>Request refused</h1>')
    return /role="status"><strong>([^<]+)</.exec(html)?.[1]
  }

  it.each([
    ['Post without a token', '403 missing'],
    ["Post with a stranger's token", '403 mismatch'],
  ])('"%s" shows a page that says %s, and the cart stays empty', async (button, verdict) => {
    const reader = await signedIn()
    const response = await reader.press('/attacks', button)

    expect(await refusal(response)).toBe(verdict)
    expect(itemsOf(await reader.open('/cart'))).toEqual([])
  })

  it('fetches a token of another session for each request, which is valid only in that session', async () => {
    const reader = newReader()
    const tokens = [await reader.open('/attacks'), await reader.open('/attacks')].map(
      (html) => /name="_token" value="([\w-]{43})">/.exec(html)?.[1],
    )

    expect(tokens[0]).toBeDefined()
    expect(tokens[0]).not.toBe(tokens[1])
    expect(tokens).not.toContain(reader.visitor.token)
  })

  it('from another site is refused', async () => {
    const reader = await signedIn()
    const there = server().url.replace('localhost', '127.0.0.1')
    expect(await reader.open('/attacks')).toContain(`href="${there}/elsewhere"`)

    const elsewhere = new Visitor(there)
    const page = await elsewhere.send('GET', '/elsewhere', { headers: asBrowser })
    expect(page.headers.getSetCookie()).toEqual([])
    expect(page.headers.get('Content-Security-Policy')).toContain(`form-action ${server().url};`)
    expect(await page.text()).toContain(`method="post" action="${server().url}/cart"`)

    const response = await reader.visitor.send('POST', '/cart', {
      headers: { ...asBrowser, Origin: there, 'Sec-Fetch-Site': 'cross-site' },
      body: new URLSearchParams({ item: 'A present', _token: reader.visitor.token }),
    })
    expect(await refusal(response)).toBe('403 cross-site')
    expect(itemsOf(await reader.open('/cart'))).toEqual([])
  })

  it('from another site needs a second host name, and the page says so without one', async () => {
    const host = 'demo.example'
    expect((await as(host, '/attacks')).body).toContain('Open the demo on localhost')
    expect((await as(host, '/elsewhere')).status).toBe(404)
  })

  it('with a copied cookie has no effect after the sign-out', async () => {
    const reader = await signedIn()
    const html = await reader.pressAndFollow('/attacks', 'Sign out, then use the copied cookie')

    expect(html).not.toContain('Signed in as')
    expect(html).toContain('<strong>The copy no longer works</strong>')
    expect(html).toContain(
      'With the copied cookie, /me responds with 200 {&quot;userId&quot;:null}',
    )
    expect(html).toContain(
      'Before you signed out, it responded with 200 {&quot;userId&quot;:&quot;Ada&quot;}.',
    )
    expect(await reader.open('/attacks')).not.toContain('Before you signed out')
  })

  it('with a copied cookie asks a visitor to sign in first', async () => {
    const button = 'Sign out, then use the copied cookie'

    expect(await newReader().pressAndFollow('/attacks', button)).toContain('<strong>Sign in first<')
  })

  it('with twenty clicks at once loses no click', async () => {
    const reader = newReader()
    await reader.open('/attacks')
    const clicks = Array.from({ length: 20 }, () =>
      reader.visitor.sendWithToken('POST', '/attacks/clicks'),
    )

    expect((await Promise.all(clicks)).map(({ status }) => status)).toEqual(Array(20).fill(200))
    expect(await reader.visitor.json('/attacks/clicks')).toEqual({ clicks: 20 })
  })

  it('gets a JSON response if a script sent it', async () => {
    const reader = newReader()
    await reader.open('/cart')
    const response = await reader.visitor.send('POST', '/cart', {
      headers: { Accept: 'application/json' },
    })

    expect(response.status).toBe(403)
    expect(response.headers.get('Vary')).toContain('Accept')
    expect(await response.json()).toMatchObject({
      success: false,
      error: { code: 'csrf-refused', reason: 'missing' },
    })
  })
})

/** A GET to another host name of the server, because `fetch` does not accept a `Host` header. */
function as(host: string, path: string): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(new URL(path, server().url), { headers: { Host: host } }, (answer) => {
      let body = ''
      answer.on('data', (chunk) => {
        body += chunk
      })
      answer.on('end', () => resolve({ status: answer.statusCode, body }))
    })
    asked.on('error', reject).end()
  })
}
