import { describe, expect, it } from 'vitest'
import { setting } from './setting.ts'

/** What the next page sees of a form that was refused. */
async function afterwards<T>(
  send: Parameters<ReturnType<typeof setting>['answer']>[1],
  see: (session: Parameters<typeof send>[0]) => T,
) {
  const world = setting()
  const client = world.client()
  expect((await world.answer(client, send)).status).toBe(200)
  return world.within(client, see, { method: 'GET' })
}

describe('the input of a form, for the next page', () => {
  it('is there once, as strings, with a fallback for what was not sent', async () => {
    const world = setting()
    const client = world.client()
    const input = { name: 'Ada', age: 36, tags: ['a', 'b'], address: { city: 'London' } }
    await world.answer(client, (session) => session.flashInput(input))
    const see = (session: Parameters<Parameters<typeof world.within>[1]>[0]) => [
      session.old('name'),
      session.old('age'),
      session.oldList('tags'),
      session.old('address.city'),
      session.old('none'),
      session.old('none', 'else'),
      session.oldList('none'),
    ]
    expect(await world.within(client, see, { method: 'GET' })).toEqual([
      'Ada',
      '36',
      ['a', 'b'],
      'London',
      undefined,
      'else',
      [],
    ])
    const next = await world.within(client, (session) => session.old('name'), { method: 'GET' })
    expect(next).toBeUndefined()
  })

  it('holds no secrets and no files, by name and by type', async () => {
    const form = new FormData()
    const secrets = [
      'password',
      'password_confirmation',
      'currentPassword',
      'passwd',
      'pwd',
      'pass',
      'passcode',
      'api_token',
      '_token',
      '_csrf',
      'csrfToken',
      'client_secret',
      'otp',
      'one-time-code',
      'pin',
      'cvc',
      'CVV',
      'cardNumber',
      'card_no',
      'user.password',
      'passwords[]',
    ]
    const harmless = ['passenger', 'passport', 'opinion', 'discard', 'email', 'pinned']
    for (const name of [...secrets, ...harmless]) form.append(name, 'value')
    form.append('photo', new File(['bytes'], 'photo.png'))
    form.append('answer', 'of a security question')
    const seen = await afterwards(
      (session) => session.flashInput(form, { except: ['answer'] }),
      (session) => [...secrets, ...harmless, 'photo', 'answer'].filter((name) => session.old(name)),
    )
    expect(seen).toEqual(harmless)
  })

  it('does not make the session too large: what does not fit is left out', async () => {
    const input = { title: 'short', body: 'x'.repeat(100_000), note: 'y' }
    const seen = await afterwards(
      (session) => session.flashInput(input),
      (session) => [session.old('title'), session.old('body'), session.old('note')],
    )
    expect(seen).toEqual(['short', undefined, 'y'])
  })

  it('keeps fields of any name, and finds nothing of an object’s own', async () => {
    const seen = await afterwards(
      (session) =>
        session.flashInput(new URLSearchParams({ ['__proto__']: 'a', constructor: 'b' })),
      (session) => [session.old('__proto__'), session.old('constructor'), session.old('toString')],
    )
    expect(seen).toEqual(['a', 'b', undefined])
  })
})

describe('the errors of a form, for the next page', () => {
  const issues = [
    { path: ['email'], message: 'is taken' },
    { path: ['address', 'city'], message: 'is missing' },
    { path: [{ key: 'tags' }, { key: 1 }], message: 'is too long' },
    { path: ['email'], message: 'is not an address' },
    { message: 'No more seats.' },
  ]
  const byField = {
    email: ['is taken', 'is not an address'],
    'address.city': ['is missing'],
    'tags.1': ['is too long'],
    '': ['No more seats.'],
  }

  it.each<
    [
      string,
      Parameters<Parameters<ReturnType<typeof setting>['within']>[1]>[0] extends {
        flashErrors(errors: infer E): void
      }
        ? E
        : never,
    ]
  >([
    ['issues', issues],
    ['an object with issues, as zod and Standard Schema have', { issues }],
    ['messages by field', byField],
  ])('are taken from %s', async (_, errors) => {
    const seen = await afterwards(
      (session) => session.flashErrors(errors),
      (session) => [session.errors(), session.errors('email'), session.errors('none')],
    )
    expect(seen).toEqual([byField, byField.email, []])
  })

  it('are none by default, and a message alone is a list of one', async () => {
    const seen = await afterwards(
      (session) => session.flashErrors({ name: 'is missing' }),
      (session) => session.errors('name'),
    )
    expect(seen).toEqual(['is missing'])
    const { within, client } = setting()
    expect(await within(client(), (session) => session.errors())).toEqual({})
  })

  it('are cut where a message is endless', async () => {
    const seen = await afterwards(
      (session) => session.flashErrors({ name: 'x'.repeat(100_000) }),
      (session) => session.errors('name')[0]?.length,
    )
    expect(seen).toBe(500)
  })
})
