import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mustRun } from '../guide/processes.ts'
import { type Consumer, openConsumer } from './consumer.ts'

const esbuild = fileURLToPath(new URL('../../node_modules/.bin/esbuild', import.meta.url))

const app = `
  import { session } from '@gravito/orbit'
  import { Hono } from 'hono'
  import { handle } from 'hono/aws-lambda'

  const app = new Hono()
  app.use(session())
  app.get('/me', (c) => c.json({ userId: c.get('session').userId ?? null }))
  export const handler = handle(app)
`

/** What Lambda does with the bundle: it calls the handler with an event. */
const caller = `
  import { handler } from './bundle.mjs'

  const requestContext = { domainName: 'shop.example', http: { method: 'GET' } }
  const event = { rawPath: '/me', rawQueryString: '', headers: {}, requestContext }
  const { statusCode, body, cookies } = await handler(event, {})
  console.log(JSON.stringify({ statusCode, body, cookies: cookies.map((one) => one.split('=')[0]) }))
`

let consumer: Consumer

beforeAll(async () => {
  consumer = await openConsumer()
}, 60_000)
afterAll(() => consumer?.remove())

describe('a function that esbuild bundles, as Netlify and the AWS tools do', () => {
  it('needs no package redis, and responds to its first event', { timeout: 60_000 }, async () => {
    const { folder } = consumer
    await consumer.write('function.mjs', app)
    await consumer.write('caller.mjs', caller)
    const options = ['--bundle', '--platform=node', '--format=esm', '--outfile=bundle.mjs']
    await mustRun(esbuild, ['function.mjs', ...options], folder)

    const output = await mustRun(process.execPath, [join(folder, 'caller.mjs')], folder)

    expect(JSON.parse(output)).toEqual({
      statusCode: 200,
      body: '{"userId":null}',
      cookies: ['__Host-session', 'XSRF-TOKEN'],
    })
  })
})
