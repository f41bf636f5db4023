// An app on a database, as a separate process that handles one kind of request:
// `within-worker.ts <client> <url> <table> <cookies> <token> <what>`.
import { Hono } from 'hono'
import { session } from '../../../packages/orbit/src/middleware.ts'
import { secret } from '../secret.ts'
import { isClient, openers, storeOf } from './setting.ts'

const [name = '', url = '', table = '', cookies = '', token = '', what = ''] = process.argv.slice(2)
if (!isClient(name)) throw new Error(`There is no client ${name}.`)
const opened = openers[name](url)
const { store } = storeOf(opened, { table })
const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`)
const forever = () => new Promise(() => setInterval(() => {}, 60_000))

const app = new Hono()
app.use(session({ store, secret }))
app.post('/order', async (c) => {
  const session = c.get('session')
  const begun = await opened.begin()
  await begun.look(`INSERT INTO ${table}_orders VALUES ('${session.get('cart')}')`)
  session.forget('cart')
  await session.save({ within: begun.within })
  if (what === 'committed') await begun.commit()
  say(what)
  await forever()
  return c.text('done')
})
app.post('/count/:at', async (c) => {
  const session = c.get('session')
  const commits = Number(c.req.param('at')) % 2 === 0
  const begun = await opened.begin()
  session.increment('within')
  await session.save({ within: begun.within })
  await (commits ? begun.commit() : begun.rollback())
  session.increment('after')
  return c.text('done')
})

const post = (path: string) =>
  app.request(path, { method: 'POST', headers: { Cookie: cookies, 'X-CSRF-Token': token } })

await store.load('key')
if (what === 'count') {
  say('ready')
  await new Promise((resolve) => process.stdin.once('data', resolve))
  for (let at = 0; at < 20; at += 1) {
    const { status } = await post(`/count/${at}`)
    if (status !== 200) say(status)
  }
  say('done')
  process.exit()
}
await post('/order')
