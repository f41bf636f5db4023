import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
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

    assert.deepEqual(await bodyOf(page), { name: 'ada', message: 'Hello, ada' })
    assert.deepEqual(await bodyOf(client.get('/account')), { name: 'ada', message: null })
  })

  test('with a wrong password redirects back with a message', async () => {
    const response = await client.post('/login', { form: { ...form, password: 'x' } })

    assert.equal(response.headers.get('Location'), '/login')
    const stored = await client.session()
    assert.equal(stored?.userId, undefined)
    assert.deepEqual(stored?.flash, { error: 'Wrong name or password' })
  })

  test('requires the CSRF token', async () => {
    await client.get('/login')

    const response = await client.post('/login', { form, headers: { 'X-XSRF-TOKEN': '' } })

    assert.equal(response.status, 403)
    assert.equal((await response.json()).error.reason, 'missing')
  })

  test('keeps the cart of the visitor', async () => {
    await client.withSession({ cart: ['book'] })

    await client.post('/login', { form })

    assert.deepEqual(await bodyOf(client.get('/cart')), { items: ['book'] })
  })

  test('does not sign in somebody who has stolen the cookie of the visitor', async () => {
    await client.get('/login')
    const thief = client.copy()

    await client.post('/login', { form })

    assert.equal((await thief.get('/account')).headers.get('Location'), '/login')
  })
})

describe('the account', () => {
  test('is for signed-in users only', async () => {
    assert.equal((await client.get('/account')).headers.get('Location'), '/login')

    await client.actingAs('ada')

    assert.equal((await client.get('/account')).status, 200)
  })

  test('signs out a user who is idle for half an hour', async () => {
    await client.actingAs('ada')

    clock.travel({ minutes: 29 })
    assert.equal((await client.get('/account')).status, 200)
    clock.travel({ minutes: 32 }) // the timeout, plus the touch interval
    assert.equal((await client.get('/account')).status, 303)
  })

  test('signs out the other devices', async () => {
    const phone = await testClient(app).actingAs('ada')
    await client.actingAs('ada')

    assert.deepEqual(await bodyOf(client.post('/devices/end-others')), { ended: 1 })

    assert.equal(await phone.session(), undefined)
    assert.equal((await client.session())?.userId, 'ada')
  })
})

describe('the cart', () => {
  test('is stored in the session, and has the types of its routes', async () => {
    const api = hc<typeof app>('http://localhost', { fetch: client.fetch })

    const response = await api.cart[':sku'].$post({ param: { sku: 'book' } })

    assert.deepEqual((await response.json()).items, ['book'])
    assert.deepEqual((await client.session())?.data, { cart: ['book'] })
  })

  test('keeps two items that are added at once, and gives only one coupon', async () => {
    await client.actingAs('ada')

    await Promise.all([client.post('/cart/book'), client.post('/cart/pen')])
    const coupons = await Promise.all([1, 2].map(() => bodyOf(client.post('/coupon'))))

    const { items } = await bodyOf(client.get('/cart'))
    assert.deepEqual(items.sort(), ['book', 'pen'])
    assert.equal(coupons.filter(({ won }) => won).length, 1)
  })
})
