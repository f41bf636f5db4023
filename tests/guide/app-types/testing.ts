import { session } from '@gravito/orbit'
import { chaotic, describeSessionStore, testClient } from '@gravito/orbit/testing'
import { Hono } from 'hono'

const app = new Hono()
app.use(session())

export async function signsIn(): Promise<boolean> {
  const browser = testClient(app)
  const response: Response = await browser.post('/login', { json: { name: 'Ada' } })
  // @ts-expect-error: jsn
  await browser.post('/login', { jsn: {} })
  return response.ok && browser.token !== undefined
}

// @ts-expect-error: what is not an app answers nothing
testClient({ fetch: 'no' })
// @ts-expect-error: a suite needs the runner's describe and it
describeSessionStore('mine', () => ({ stores: [], close: () => {} }))

export const faulty = chaotic
