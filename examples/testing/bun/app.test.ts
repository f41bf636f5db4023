import { beforeEach, describe, expect, test } from 'bun:test'
import { memoryStore } from '@gravito/orbit'
import { type TestClient, testClient, testClock } from '@gravito/orbit/testing'
import { hc } from 'hono/client'

import { makeApp } from '../src/app.ts'

// Each test has its own store and clock, so no test sees the data of another one.
let clock: ReturnType<typeof testClock>
let app: ReturnType<typeof makeApp>
let client: TestClient

beforeEach(() => {
  clock = testClock()
  app = makeApp({ store: memoryStore({ now: clock.now }), now: clock.now })
  client = testClient(app)
})

const bodyOf = async (response: Promise<Response>) => (await response).json()

describe('signing in', () => {
  const form = { name: 'ada', password: 'analytical' }

  test('redirects to the account, which shows the greeting once', async () => {
    const page = client.follow(client.post('/login', { form }))

    expect(await bodyOf(page)).toEqual({ name: 'ada', message: 'Hello, ada' })
    expect(await bodyOf(client.get('/account'))).toEqual({ name: 'ada', message: null })
  })

  test('with a wrong password redirects back with a message', async () => {
    const response = await client.post('/login', { form: { ...form, password: 'x' } })

    expect(response.headers.get('Location')).toBe('/login')
    expect(await client.session()).toMatchObject({
      userId: undefined,
      flash: { error: 'Wrong name or password' },
    })
  })

  test('requires the CSRF token', async () => {
    await client.get('/login')

    const response = await client.post('/login', { form, headers: { 'X-XSRF-TOKEN': '' } })

    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({ error: { reason: 'missing' } })
  })

  test('keeps the cart of the visitor', async () => {
    await client.withSession({ cart: ['book'] })

    await client.post('/login', { form })

    expect(await bodyOf(client.get('/cart'))).toEqual({ items: ['book'] })
  })

  test('does not sign in somebody who has stolen the cookie of the visitor', async () => {
    await client.get('/login')
    const thief = client.copy()

    await client.post('/login', { form })

    expect((await thief.get('/account')).headers.get('Location')).toBe('/login')
  })
})

describe('the account', () => {
  test('is for signed-in users only', async () => {
    expect((await client.get('/account')).headers.get('Location')).toBe('/login')

    await client.actingAs('ada')

    expect((await client.get('/account')).status).toBe(200)
  })

  test('signs out a user who is idle for half an hour', async () => {
    await client.actingAs('ada')

    clock.travel({ minutes: 29 })
    expect((await client.get('/account')).status).toBe(200)
    clock.travel({ minutes: 32 }) // the timeout, plus the touch interval
    expect((await client.get('/account')).status).toBe(303)
  })

  test('signs out the other devices', async () => {
    const phone = await testClient(app).actingAs('ada')
    await client.actingAs('ada')

    expect(await bodyOf(client.post('/devices/end-others'))).toEqual({ ended: 1 })

    expect(await phone.session()).toBeUndefined()
    expect((await client.session())?.userId).toBe('ada')
  })
})

describe('the cart', () => {
  test('is stored in the session, and has the types of its routes', async () => {
    const api = hc<typeof app>('http://localhost', { fetch: client.fetch })

    const response = await api.cart[':sku'].$post({ param: { sku: 'book' } })

    expect((await response.json()).items).toEqual(['book'])
    expect((await client.session())?.data).toEqual({ cart: ['book'] })
  })

  test('keeps two items that are added at once, and gives only one coupon', async () => {
    await client.actingAs('ada')

    await Promise.all([client.post('/cart/book'), client.post('/cart/pen')])
    const coupons = await Promise.all([1, 2].map(() => bodyOf(client.post('/coupon'))))

    expect((await client.session())?.data.cart).toHaveLength(2)
    expect(coupons.filter(({ won }) => won)).toHaveLength(1)
  })
})
