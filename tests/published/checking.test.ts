import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { run } from '../guide/processes.ts'
import { type Consumer, openConsumer } from './consumer.ts'

const tsc = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url))

let consumer: Consumer

beforeAll(async () => {
  consumer = await openConsumer()
}, 60_000)

afterAll(() => consumer?.remove())

/** What the compiler prints about an app in one file. */
async function check(name: string, code: string): Promise<string> {
  await consumer.write(`${name}.ts`, code)
  const compilerOptions = {
    target: 'es2023',
    lib: ['es2023', 'dom', 'dom.iterable'],
    module: 'esnext',
    moduleResolution: 'bundler',
    types: [],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
  }
  const config = JSON.stringify({ compilerOptions, files: [`${name}.ts`] })
  await consumer.write(`tsconfig.${name}.json`, config)
  const project = join(consumer.folder, `tsconfig.${name}.json`)
  const args = [tsc, '--pretty', 'false', '--extendedDiagnostics', '-p', project]
  return (await run(process.execPath, args, consumer.folder)).stdout
}

const declaration = `
interface MyData {
  userId: string
  visits: number
  theme: 'light' | 'dark'
  cart: { sku: string; quantity: number; tags: string[] }[]
  prefs: { mail: boolean }
}`

it('the compiler explains each of the most common mistakes in one line', async () => {
  const printed = await check(
    'mistakes',
    `import type { Session } from '@gravito/orbit'
${declaration}
export function mistakes(session: Session<MyData>) {
  session.get('usrId')
  session.put('userId', 5)
  session.get('cart')?.push({ sku: 'x', quantity: 1, tags: [] })
  session.increment('userId')
  session.push('cart', { sku: 'x' })
  session.signIn(5)
}
`,
  )

  const errors = printed.split('\n').filter((line) => line.includes('error TS'))
  expect(errors.map((line) => line.replace(/^.*error TS\d+: /, ''))).toEqual([
    `Argument of type '"usrId"' is not assignable to parameter of type '"cart" | "prefs" | "theme" | "userId" | "visits"'.`,
    "Argument of type 'number' is not assignable to parameter of type 'string'.",
    "Property 'push' does not exist on type 'readonly { readonly sku: string; readonly quantity: number; readonly tags: readonly string[]; }[]'.",
    `Argument of type '"userId"' is not assignable to parameter of type '"visits"'.`,
    "Type '{ sku: string; }' is missing the following properties from type '{ readonly sku: string; readonly quantity: number; readonly tags: readonly string[]; }': quantity, tags",
    "Argument of type 'number' is not assignable to parameter of type 'string'.",
  ])
})

it('100 handlers with ten calls each are checked fast', async () => {
  const handlers = Array.from(
    { length: 100 },
    (_, index) => `app.get('/${index}', (c) => {
  const session = c.get('session')
  session.increment('visits')
  session.put('theme', 'dark')
  session.push('cart', { sku: 'x', quantity: ${index}, tags: [] })
  session.update('visits', (visits) => (visits ?? 0) + 1)
  session.forget('prefs')
  session.flash('success', 'x')
  return c.json({
    userId: session.get('userId'),
    theme: session.get('theme', 'light'),
    cart: session.get('cart'),
    message: session.getFlash<string | null>('success', null),
  })
})`,
  )
  const printed = await check(
    'cost',
    `import { type SessionVariables, session } from '@gravito/orbit'
import { Hono } from 'hono'
${declaration}
const app = new Hono<{ Variables: SessionVariables<MyData> }>()
app.use(session<MyData>())
${handlers.join('\n')}
export default app
`,
  )

  expect(printed).not.toContain('error TS')
  // 31,000 when this was written, most of them from Hono.
  expect(Number(/Instantiations:\s+(\d+)/.exec(printed)?.[1])).toBeLessThan(45_000)
})
