import type {} from '@gravito/orbit'
import type { Context } from 'hono'

declare module '@gravito/orbit' {
  interface SessionData {
    userId: string
  }
}

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

function expectType<Expected>() {
  return <Actual>(_value: Actual, _same: Same<Actual, Expected>) => {}
}

export function handler(c: Context) {
  const session = c.get('session')

  // A key that was declared has its type, and no other value is taken for it.
  expectType<string | undefined>()(session.get('userId'), true)
  expectType<string | null>()(session.get('userId', null), true)
  session.put('userId', 'user_123')
  // @ts-expect-error: a number is not a string
  session.put('userId', 1)

  // Unknown keys work as in the guide.
  expectType<unknown>()(session.get('theme'), true)
  expectType<string | null>()(session.get<string | null>('theme', null), true)
  expectType<string | null>()(session.getFlash<string | null>('success', null), true)
  session.put('theme', { dark: true })
  expectType<Date | undefined>()(session.expiresAt(), true)

  // So does what the guide prints for the key that is declared here.
  expectType<string | null>()(session.get<string | null>('userId', null), true)
  expectType<string>()(c.get('csrf').token(), true)
}
