import { describe, expect, it } from 'vitest'
import type { Change } from './changes.ts'
import { emptyContents } from './contents.ts'
import { Owners } from './owner.ts'
import { signInHint } from './sign-in-hint.ts'

function hinted(keys: readonly string[], owner?: string): string[] {
  const messages: string[] = []
  const hint = signInHint(new Owners(['userId'], 'session'), (message) => messages.push(message))
  const contents = emptyContents()
  if (owner !== undefined) contents.data.set('userId', owner)
  for (const key of keys) hint([{ op: 'put', key, value: { id: 5 } } satisfies Change], contents)
  return messages
}

describe('the hint about a sign-in under another key', () => {
  it.each([
    'user',
    'User',
    'user_id',
    'userid',
    'uid',
    'login_web_59ba36addc2b2f94',
    'currentUser',
    'accountId',
  ])('is logged for the key %s and names ownerKey and signIn', (key) => {
    const [message] = hinted([key])
    expect(message).toContain('ownerKey')
    expect(message).toContain('signIn')
    expect(message).toContain(JSON.stringify(key))
  })

  it.each(['cart', 'username_draft', 'users', 'uids', 'fluid', 'login'])(
    'is not logged for the key %s',
    (key) => {
      expect(hinted([key])).toEqual([])
    },
  )

  it('is not logged if a user is signed in', () => {
    expect(hinted(['user'], 'ada')).toEqual([])
  })

  it('is logged once', () => {
    expect(hinted(['user', 'user', 'uid'])).toHaveLength(1)
  })
})
