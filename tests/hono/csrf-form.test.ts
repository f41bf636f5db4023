import { type Session, session } from '@gravito/orbit'
import { type Context, Hono } from 'hono'
import { html, raw } from 'hono/html'
import { jsx } from 'hono/jsx'
import type { HtmlEscapedString } from 'hono/utils/html'
import { describe, expect, it } from 'vitest'
import { ask, setCookies } from './client.ts'
import { encoded, formed, multipart, reasonOf, urlencoded } from './forms.ts'
import { secret, signedIn } from './setting.ts'

describe('the token in a form (R21)', () => {
  it.each(['_token', '_csrf'])('is accepted from %s of a urlencoded body', async (name) => {
    const ada = await signedIn(formed().client())

    const response = await encoded(ada, `${name}=${ada.token}&name=Ada+L%C3%B6w&list=1&list=2`)

    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ name: 'Ada Löw', list: ['1', '2'] })
  })

  it.each(['_token', '_csrf'])('is accepted from %s of a multipart body', async (name) => {
    const ada = await signedIn(formed().client())

    const body = multipart({ first: '1', [name]: ada.token, name: 'Ada Löw' })

    const response = await ada.send('POST', '/form', { body })
    expect(await response.json()).toMatchObject({ first: '1', name: 'Ada Löw' })
  })

  it('is accepted in masked form, as csrf.field() renders it', async () => {
    const world = formed()
    const ada = await signedIn(world.client())
    const page = await world.answer(ada, (_, c) => c.html(c.get('csrf').field()), { method: 'GET' })
    const field = /^<input type="hidden" name="_token" value="([\w-]+)">$/.exec(await page.text())

    expect(await reasonOf(await encoded(ada, `_token=${field?.[1]}`))).toBe('passed')
  })

  it.each<[string, (field: HtmlEscapedString) => unknown]>([
    ['html', (field) => html`<p>${field}</p>`],
    ['html, as raw text', (field) => html`<p>${raw(field)}</p>`],
    ['JSX', (field) => jsx('p', {}, field)],
    ['a template', (field) => `<p>${field}</p>`],
    ['two strings', (field) => '<p>'.concat(field, '</p>')],
  ])('is not escaped by %s', async (_, page) => {
    const world = formed()
    const ada = await signedIn(world.client())
    const show = (_: Session, c: Context) => c.html(String(page(c.get('csrf').field())))

    const response = await world.answer(ada, show, { method: 'GET' })

    expect(await response.text()).toMatch(
      /^<p><input type="hidden" name="_token" value="[\w-]+"><\/p>$/,
    )
  })

  it.each([
    'application/x-www-form-urlencoded; charset=UTF-8',
    'APPLICATION/X-WWW-FORM-URLENCODED',
    ' application/x-www-form-urlencoded ;charset=utf-8',
  ])('is accepted with any spelling of the content type: %j', async (type) => {
    const ada = await signedIn(formed().client())

    expect(await reasonOf(await encoded(ada, `_token=${ada.token}`, type))).toBe('passed')
  })

  it.each([
    ['text/plain', 'missing'],
    ['application/json', 'missing'],
    ['application/x-www-form-urlencodedx', 'missing'],
    ['x application/x-www-form-urlencoded', 'missing'],
  ])('is not searched for in a body of the type %s', async (type, reason) => {
    const ada = await signedIn(formed().client())

    expect(await reasonOf(await encoded(ada, `_token=${ada.token}`, type))).toBe(reason)
  })

  it('is not searched for in JSON', async () => {
    const ada = await signedIn(formed().client())

    const response = await encoded(ada, JSON.stringify({ _token: ada.token }), 'application/json')

    expect(await reasonOf(response)).toBe('missing')
  })

  it.each([
    ['the same twice', (t: string) => `_token=${t}&_token=${t}`, 'mismatch'],
    ['a wrong one first', (t: string) => `_token=x&_token=${t}`, 'mismatch'],
    ['a wrong one last', (t: string) => `_token=${t}&_token=x`, 'mismatch'],
    ['as an array', (t: string) => `_token[]=${t}`, 'missing'],
    ['as an object', (t: string) => `_token[a]=${t}`, 'missing'],
    ['empty', () => '_token=', 'missing'],
    ['without a value', () => '_token', 'missing'],
    ['in another case', (t: string) => `_TOKEN=${t}`, 'missing'],
    ['under another name', (t: string) => `token=${t}`, 'missing'],
    ['of no session', () => `_token=${'A'.repeat(43)}`, 'mismatch'],
    ['in no field', () => '', 'missing'],
    ['an empty field next to the correct one', (t: string) => `_csrf=&_token=${t}`, 'passed'],
    [
      'percent-encoded',
      (t: string) => `%5Ftoken=${[...t].map((x) => `%${x.charCodeAt(0).toString(16)}`).join('')}`,
      'passed',
    ],
    ['broken percent encoding in another field', (t: string) => `a=%E0%A4%A&_token=${t}`, 'passed'],
  ])('is judged correctly: %s', async (_, make, reason) => {
    const ada = await signedIn(formed().client())

    expect(await reasonOf(await encoded(ada, make(ada.token)))).toBe(reason)
  })

  it('is refused as a file, without an error', async () => {
    const ada = await signedIn(formed().client())
    const body = multipart({ _token: new File([ada.token], 'token.txt') })

    expect(await reasonOf(await ada.send('POST', '/form', { body }))).toBe('mismatch')
  })

  it('is not searched for in the form if the header has a wrong token', async () => {
    const ada = await signedIn(formed().client())
    const headers = { 'Content-Type': urlencoded, 'X-CSRF-Token': 'wrong' }

    const response = await ada.send('POST', '/form', { body: `_token=${ada.token}`, headers })

    expect(await reasonOf(response)).toBe('mismatch')
  })

  it('is accepted from the configured fields only', async () => {
    const world = formed({ fieldNames: ['authenticity_token'] })
    const ada = await signedIn(world.client())

    expect(await reasonOf(await encoded(ada, `authenticity_token=${ada.token}`))).toBe('passed')
    expect(await reasonOf(await encoded(ada, `_token=${ada.token}`))).toBe('missing')
    const page = await world.answer(ada, (_, c) => c.html(c.get('csrf').field()), { method: 'GET' })
    expect(await page.text()).toContain('name="authenticity_token"')
  })
})

describe('a body that cannot be parsed counts as a body without a token (R21)', () => {
  it.each([
    ['multipart without a boundary', 'multipart/form-data', '--x\r\n'],
    [
      'multipart that ends early',
      'multipart/form-data; boundary=x',
      '--x\r\nContent-Disposition: form-data; name="_token"\r\n',
    ],
    ['multipart with another boundary', 'multipart/form-data; boundary=x', '--y\r\n\r\n--y--'],
    ['multipart with random bytes', 'multipart/form-data; boundary=x', '\u0000\u0001rubbish'],
    ['an empty body', 'multipart/form-data; boundary=x', ''],
    ['multipart with an empty boundary', 'multipart/form-data; boundary=', '----'],
  ])('%s', async (_, type, body) => {
    const ada = await signedIn(formed().client())

    expect(await reasonOf(await encoded(ada, body, type))).toBe('missing')
  })
})

describe('csrf options', () => {
  it('may contain the same field name twice', async () => {
    const app = new Hono()
    app.use(async (c, next) => {
      if (c.req.method === 'POST') await c.req.parseBody()
      await next()
    })
    const csrf = { fieldNames: ['_token', '_token'] } as const
    app.use(session({ secret, cookie: { name: 'twice' }, csrf }))
    app.get('/', (c) => c.text(c.get('csrf').token()))
    app.post('/', (c) => c.text('ok'))
    const page = await ask(app, '/')
    const cookie = setCookies(page)
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ')
    const body = new URLSearchParams({ _token: await page.text() })
    expect((await ask(app, '/', { method: 'POST', headers: { cookie }, body })).status).toBe(200)
  })

  it('are not affected, but cookie.path must include publicPath (R13)', () => {
    const make = (path: string, publicPath: string) => () =>
      session({ secret, cookie: { path, publicPath } })
    expect(make('/cart', '/shop')).toThrow('publicPath')
    expect(make('/shopping', '/shop')).toThrow('publicPath')
    expect(make('/shop', '/shop/eu')).not.toThrow()
    expect(make('/shop/cart', '/shop/')).not.toThrow()
  })
})
