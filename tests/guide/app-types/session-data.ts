import { type SessionVariables, session } from '@gravito/orbit'
import { type Context, Hono } from 'hono'

declare module '@gravito/orbit' {
  interface SessionData {
    userId: string
    count: number
    cart: { sku: string; tags: string[] }[]
  }
  interface SessionFlash {
    success: string
  }
}

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

function expectType<Expected>() {
  return <Actual>(_value: Actual, _same: Same<Actual, Expected>) => {}
}

export function handler(c: Context) {
  const session = c.get('session')

  // A declared key has its type, and accepts no other value.
  expectType<string | undefined>()(session.get('userId'), true)
  expectType<string | null>()(session.get('userId', null), true)
  session.put('userId', 'user_123')
  // @ts-expect-error: a number is not a string
  session.put('userId', 1)

  // A value from get() is frozen.
  expectType<readonly { readonly sku: string; readonly tags: readonly string[] }[]>()(
    session.get('cart', []),
    true,
  )
  // @ts-expect-error: a frozen list
  session.get('cart')?.push({ sku: 'x', tags: [] })
  session.put('cart', [...session.get('cart', []), { sku: 'x', tags: [] }])

  // An undeclared key counts as misspelt, unless there is a type parameter.
  // @ts-expect-error: misspelt
  session.get('usrId')
  // @ts-expect-error: misspelt
  session.put('usrId', 'user_123')
  // @ts-expect-error: misspelt
  session.getFlash('sucess')
  // @ts-expect-error: not a number
  session.increment('userId')
  expectType<number>()(session.increment('count'), true)
  expectType<number>()(session.get('count', 0), true)
  expectType<{ readonly dark: boolean } | undefined>()(
    session.get<{ dark: boolean }>('theme'),
    true,
  )
  session.put<{ dark: boolean }>('theme', { dark: true })
  expectType<string>()(session.getFlash('success', ''), true)
  expectType<Date | undefined>()(session.expiresAt(), true)
  expectType<string | undefined>()(session.userId, true)
  session.signIn('user_123')
  // @ts-expect-error: a number is not a string
  session.signIn(1)

  // The guide's code works, for keys that are declared here too.
  expectType<string | null>()(session.get<string | null>('userId', null), true)
  expectType<string | null>()(session.getFlash<string | null>('success', null), true)
  expectType<string>()(c.get('csrf').token(), true)
}

/** Types of one app only, whatever is declared for all apps. */
interface MyData {
  theme: 'light' | 'dark'
}

export const app = new Hono<{ Variables: SessionVariables<MyData> }>()
app.use(session<MyData>({ driver: 'memory' }))
app.get('/', (c) => {
  expectType<'light' | 'dark'>()(c.get('session').get('theme', 'light'), true)
  // @ts-expect-error: declared for all apps, but not for this one
  c.get('session').get('userId')
  return c.json(c.get('session').all())
})
