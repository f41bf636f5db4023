import { describe, expect, it } from 'vitest'
import { asBrowser, errorOf, flashOf, itemsOf } from './demo-reader.ts'
import { useDemo } from './use-demo.ts'
import { Visitor } from './visitor.ts'

const { server, newReader, signedIn } = useDemo()

const pages = ['/', '/profile', '/devices', '/messages', '/cart', '/attacks']

describe('every page', () => {
  it.each(pages)('%s shows the name of the page and of the user', async (path) => {
    const reader = await signedIn()
    const html = await reader.open(path)

    const [, nav = ''] = /<nav aria-label="Pages">(.*?)<\/nav>/s.exec(html) ?? []
    const links = [...nav.matchAll(/<a href="([^"]+)"/g)].map(([, href]) => href)
    expect(links).toEqual(pages)
    expect(nav).toContain(`<a href="${path}" aria-current="page">`)
    expect(nav.match(/aria-current/g)).toHaveLength(1)
    expect(html.match(/<h1>/g)).toHaveLength(1)
    expect(html).toContain('Signed in as <strong>Ada</strong>')
  })

  it.each(pages)("%s is not cached, and runs only the app's own files", async (path) => {
    const reader = await signedIn()
    const { headers } = await reader.visitor.send('GET', path, { headers: asBrowser })

    expect(headers.get('Cache-Control')).toBe('no-store')
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
    expect(headers.get('Referrer-Policy')).toBe('same-origin')
    const policy = headers.get('Content-Security-Policy')
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
    expect(policy).not.toContain('unsafe')
    const html = await reader.open(path)
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]* src="\/assets\/)/)
  })

  it.each(['csrf.js', 'cart.js', 'attacks.js', 'style.css', 'icon.svg'])(
    'lets caches store %s, because it has no cookie',
    async (name) => {
      const url = new URL(`/assets/${name}`, server().url)
      const first = await fetch(url)
      const again = await fetch(url, {
        headers: { 'If-None-Match': first.headers.get('ETag') ?? '' },
      })

      expect(first.status).toBe(200)
      expect(first.headers.getSetCookie()).toEqual([])
      expect(first.headers.get('Cache-Control')).toBe('public, no-cache')
      expect(again.status).toBe(304)
    },
  )

  it('that does not exist returns an error page, or JSON for programs', async () => {
    const url = new URL('/nowhere', server().url)
    const forPeople = await fetch(url, { headers: asBrowser })
    const forPrograms = await fetch(url)

    expect([forPeople.status, forPrograms.status]).toEqual([404, 404])
    expect(await forPeople.text()).toContain('<h1>Page not found</h1>')
    expect(forPeople.headers.get('Vary')).toBe('Accept')
    expect(await forPrograms.json()).toMatchObject({ error: { code: 'not-found' } })
  })

  it.each(['package.json', '..%2fpackage.json', '%2e%2e%2fsrc%2fbootstrap.ts'])(
    'gives no access to other files: %s',
    async (name) => {
      expect((await fetch(new URL(`/assets/${name}`, server().url))).status).toBe(404)
    },
  )
})

describe('signing in', () => {
  it('is offered to a new visitor, with a list of the pages', async () => {
    const html = await newReader().open('/')

    expect(html).toContain('<label for="name">Your name</label>')
    expect(html).not.toContain('Signed in as')
  })

  it('accepts a name, and shows the welcome message once', async () => {
    const reader = newReader()
    const response = await reader.press('/', 'Sign in', { name: ' Ada ' })

    expect(response.headers.get('Location')).toBe('/profile')
    expect(flashOf(await reader.open('/profile'))).toBe('Welcome, Ada.')
    expect(flashOf(await reader.open('/profile'))).toBeUndefined()
    expect(await reader.open('/')).not.toContain('Your name')
  })

  it.each([
    ['', 'Enter your name.'],
    ['   ', 'Enter your name.'],
    ['a'.repeat(41), 'A name has at most 40 characters.'],
  ])('refuses %j as a name', async (name, problem) => {
    const reader = newReader()

    const html = await reader.signIn(name)
    expect(errorOf(html)).toBe(problem)
    expect(html).toContain(`name="name" value="${name}"`)
    expect(errorOf(await reader.open('/'))).toBeUndefined()
    expect(await reader.visitor.json('/me')).toEqual({ userId: null })
  })

  it('shows a name as it was typed, not as HTML', async () => {
    const reader = await signedIn('<img src=x onerror="alert(1)">')

    for (const path of pages) expect(await reader.open(path)).not.toContain('<img src=x')
    expect(await reader.open('/profile')).toContain('&lt;img src=x')
  })

  it('works if the form is sent twice, after the new cookies have arrived', async () => {
    const reader = newReader()
    const signIn = await reader.fillIn('/', 'Sign in', { name: 'Ada' })
    await signIn()
    expect((await signIn()).headers.get('Location')).toBe('/profile')
    expect(flashOf(await reader.open('/profile'))).toBe('Welcome, Ada.')

    const signOut = await reader.fillIn('/', 'Sign out')
    await signOut()
    const second = await signOut()
    expect(second.headers.get('Location')).toBe('/')
    expect(second.headers.getSetCookie()).toEqual([])
    expect(flashOf(await reader.open('/'))).toBe('Signed out.')
  })

  it('ends with the sign-out, which shows its message once and leaves no data', async () => {
    const reader = await signedIn()
    await reader.addToCart('Milk')
    const copy = reader.visitor.copy()

    expect(flashOf(await reader.pressAndFollow('/cart', 'Sign out'))).toBe('Signed out.')
    const html = await reader.open('/')
    expect(flashOf(html)).toBeUndefined()
    expect(html).toContain('Your name')
    expect(itemsOf(await reader.open('/cart'))).toEqual([])
    expect(await copy.json('/me')).toEqual({ userId: null })
  })
})

describe('the profile', () => {
  it('redirects a visitor to the start page, with a message', async () => {
    const reader = newReader()
    const response = await reader.visitor.send('GET', '/profile', { headers: asBrowser })

    expect(response.status).toBe(303)
    expect(response.headers.get('Location')).toBe('/')
    expect(flashOf(await reader.open('/'))).toBe('Sign in first.')
  })

  it('shows the name, the public handle, and the end of the session', async () => {
    const reader = await signedIn()
    const html = await reader.open('/profile')

    expect(html).toContain('<dd>Ada</dd>')
    expect(html).toMatch(/<code>[\w-]{43}<\/code>/)
    const [, id = ''] = reader.visitor.cookie('gravito_session').split('.')
    expect(id.length).toBeGreaterThan(40)
    expect(html).not.toContain(id)
    const [, datetime = '', words] = /<time datetime="([^"]+)">([^<]+)</.exec(html) ?? []
    expect(words).toBe('in 30 minutes')
    const minutes = (Date.parse(datetime) - Date.now()) / 60_000
    expect(minutes).toBeGreaterThan(29)
    expect(minutes).toBeLessThanOrEqual(30)
  })
})

describe('"remember me"', () => {
  const cookieOf = ({ headers }: Response) =>
    headers.getSetCookie().find((cookie) => cookie.startsWith('gravito_session='))

  it('keeps a user signed in for 14 days without a request, and the cookie for 30', async () => {
    const reader = newReader()
    const response = await reader.press('/', 'Sign in', { name: 'Ada', remember: 'on' })

    const [, seconds] = /Max-Age=(\d+)/.exec(cookieOf(response) ?? '') ?? []
    expect(Number(seconds) / 86_400).toBeCloseTo(30, 2)
    expect(await reader.open('/profile')).toMatch(/<time[^>]*>in 14 days</)
  })

  it('is off by default, and the cookie then ends with the browser', async () => {
    const response = await newReader().press('/', 'Sign in', { name: 'Ada' })

    expect(cookieOf(response)).not.toMatch(/Max-Age|Expires/)
  })

  it('stays checked if the form is shown again', async () => {
    const reader = newReader()

    const html = await reader.pressAndFollow('/', 'Sign in', { name: '', remember: 'on' })

    expect(html).toContain('name="remember" checked>')
    expect(await reader.open('/')).not.toContain(' checked')
  })
})

describe('the devices', () => {
  const phone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 26_0) Version/26.0 Safari/604.1'

  it('redirect a visitor to the start page, with a message', async () => {
    const reader = newReader()
    for (const path of ['/devices/end', '/devices/end-others']) {
      await reader.open('/')
      const headers = { 'X-CSRF-Token': reader.visitor.token }
      expect((await reader.visitor.send('POST', path, { headers })).headers.get('Location')).toBe(
        '/',
      )
    }

    const response = await reader.visitor.send('GET', '/devices', { headers: asBrowser })
    expect(response.headers.get('Location')).toBe('/')
    expect(flashOf(await reader.open('/'))).toBe('Sign in first.')
  })

  it('are those of this user only, and cannot be ended by another user', async () => {
    const [bob, eve] = [await signedIn('Bob'), await signedIn('Eve')]
    const other = newReader()
    await other.signIn('Bob')
    const [name = ''] = /(?<=name="name" value=")[^"]+/.exec(await bob.open('/devices')) ?? []
    expect(name).not.toBe('')

    const body = new URLSearchParams({ name })
    const headers = { 'X-CSRF-Token': eve.visitor.token }
    await eve.visitor.send('POST', '/devices/end', { headers, body })

    expect(flashOf(await eve.open('/devices'))).toBe('That device was signed out already.')
    expect(await other.visitor.json('/me')).toEqual({ userId: 'Bob' })
  })

  it('can all be signed out except the current one, and a message confirms it', async () => {
    const here = await signedIn('Carol')
    const there = newReader()
    const body = new URLSearchParams({ name: 'Carol', _token: await tokenIn(there) })
    await there.visitor.send('POST', '/sign-in', { headers: { 'User-Agent': phone }, body })
    expect(await here.open('/devices')).toContain('<strong>Safari on iPhone</strong>')

    const html = await here.pressAndFollow('/devices', 'Sign out everywhere else')

    expect(flashOf(html)).toBe('Signed out on 1 other device.')
    expect(html).not.toContain('Safari on iPhone')
    expect(html).not.toContain('Sign out everywhere else')
    const response = await there.visitor.send('GET', '/profile', { headers: asBrowser })
    expect(response.headers.get('Location')).toBe('/')
    expect(flashOf(await there.open('/'))).toBe('This device has been signed out.')
  })

  async function tokenIn(reader: ReturnType<typeof newReader>): Promise<string> {
    await reader.open('/')
    return reader.visitor.token
  }
})

describe('a message', () => {
  it('is shown once, as it was typed', async () => {
    const reader = newReader()
    const html = await reader.pressAndFollow('/messages', 'Flash the message', {
      message: 'Tea & <b>cake</b>',
    })

    expect(flashOf(html)).toBe('Tea &amp; &lt;b&gt;cake&lt;/b&gt;')
    expect(flashOf(await reader.open('/messages'))).toBeUndefined()
  })

  it.each([
    ['', 'Enter a message.'],
    ['a'.repeat(201), 'A message has at most 200 characters.'],
  ])('is refused if it is %j', async (message, problem) => {
    const html = await newReader().pressAndFollow('/messages', 'Flash the message', { message })

    expect(errorOf(html)).toBe(problem)
    expect(html).toContain(`name="message" value="${message}"`)
  })
})

describe('the cart', () => {
  it('accepts items from the form and from fetch, in order and as they were typed', async () => {
    const reader = newReader()
    expect(flashOf(await reader.addToCart('<b>Milk</b>'))).toBe('Added: &lt;b&gt;Milk&lt;/b&gt;.')
    const response = await reader.addWithFetch('{"item":"Bread"}')

    expect(await response.json()).toEqual({ items: ['<b>Milk</b>', 'Bread'] })
    expect(itemsOf(await reader.open('/cart'))).toEqual(['&lt;b&gt;Milk&lt;/b&gt;', 'Bread'])
  })

  it('is still there after signing in', async () => {
    const reader = newReader()
    await reader.addToCart('Milk')
    await reader.signIn('Ada')

    expect(itemsOf(await reader.open('/cart'))).toEqual(['Milk'])
  })

  it('can be emptied', async () => {
    const reader = newReader()
    await reader.addToCart('Milk')
    const html = await reader.pressAndFollow('/cart', 'Empty the cart')

    expect(flashOf(html)).toBe('The cart is empty.')
    expect(itemsOf(html)).toEqual([])
  })

  it.each([
    ['', 'Enter an item.'],
    ['a'.repeat(61), 'An item has at most 60 characters.'],
  ])('refuses %j as an item', async (item, problem) => {
    const reader = newReader()
    const html = await reader.addToCart(item)

    expect(errorOf(html)).toBe(problem)
    expect(html).toContain(`name="item" value="${item}"`)
    expect(itemsOf(html)).toEqual([])
    const response = await reader.addWithFetch(JSON.stringify({ item }))
    expect(response.status).toBe(422)
    expect(await response.json()).toMatchObject({ error: { message: problem } })
  })

  it.each(['', '{', 'null', '[]', '{"item":7}'])('refuses %j as a body', async (body) => {
    const reader = newReader()
    await reader.open('/cart')

    expect([400, 422]).toContain((await reader.addWithFetch(body)).status)
  })

  it.each([
    ['with its length', (body: string) => ({ body })],
    [
      'in chunks, without its length',
      (body: string) => ({ body: new Blob([body]).stream(), duplex: 'half' }),
    ],
  ])('refuses a body above 64 KiB, sent %s, even with a valid token', async (_, sent) => {
    const { visitor } = await signedIn()
    const send = (length: number) =>
      fetch(new URL('/cart/items', server().url), {
        method: 'POST',
        headers: { ...asBrowser, Cookie: visitor.cookieHeader, 'X-CSRF-Token': visitor.token },
        ...sent(JSON.stringify({ item: 'a'.repeat(length) })),
      })

    expect((await send(60_000)).status).toBe(422)
    const refused = await send(70_000)
    expect(refused.status).toBe(413)
    expect(await refused.text()).toContain('<h1>Request too large</h1>')
  })

  it('accepts twenty of thirty parallel items, and refuses the other ten', async () => {
    const reader = newReader()
    await reader.open('/cart')
    const bodies = Array.from({ length: 30 }, (_, index) =>
      JSON.stringify({ item: `Item ${index}` }),
    )
    const responses = await Promise.all(bodies.map((body) => reader.addWithFetch(body)))

    expect(responses.filter(({ status }) => status === 200)).toHaveLength(20)
    expect(responses.filter(({ status }) => status === 422)).toHaveLength(10)
    expect(itemsOf(await reader.open('/cart'))).toHaveLength(20)
    expect(errorOf(await reader.addToCart('One more'))).toContain('The cart is full')
  })
})

it("the demo responds to the starter guide's routes like the guide's app", async () => {
  const visitor = new Visitor(server().url)

  expect(await visitor.json('/me')).toEqual({ userId: null })
  expect(await visitor.json('/csrf-token')).toEqual({ token: visitor.token })
  expect(await (await visitor.sendWithToken('POST', '/login')).json()).toEqual({ ok: true })
  expect(await visitor.json('/flash')).toEqual({ message: 'Logged in' })
  expect(await visitor.json('/flash')).toEqual({ message: null })
  expect(await visitor.json('/me')).toEqual({ userId: 'user_123' })
  expect(await (await visitor.sendWithToken('POST', '/logout')).json()).toEqual({ ok: true })
  expect(await visitor.json('/me')).toEqual({ userId: null })
})
