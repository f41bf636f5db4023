import { describe, expect, it } from 'vitest'
import { formErrors, formInput } from '../../packages/orbit/src/session/form.ts'
import { setting } from './setting.ts'

/** The form messages that the page after a refused form reads. */
async function afterwards<T>(
  send: Parameters<ReturnType<typeof setting>['answer']>[1],
  see: (session: Parameters<typeof send>[0]) => T,
) {
  const world = setting()
  const client = world.client()
  expect((await world.answer(client, send)).status).toBe(200)
  return world.within(client, see, { method: 'GET' })
}

describe('form input kept for the next page', () => {
  it('is readable once, as strings, with a fallback for missing fields', async () => {
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

  it('contains no secrets and no files, by name and by type', async () => {
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
      'password.current',
      'otp_code',
      'otpCode',
      'totp',
      'card[pin]',
      'pin_code',
      'card.number',
      'cc-number',
      'cardNum',
      'security_code',
      'verificationCode',
      'mfaCode',
      'apiKey',
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

  it('does not make the session too large: fields that do not fit are left out', async () => {
    const input = { title: 'short', body: 'x'.repeat(100_000), note: 'y' }
    const seen = await afterwards(
      (session) => session.flashInput(input),
      (session) => [session.old('title'), session.old('body'), session.old('note')],
    )
    expect(seen).toEqual(['short', undefined, 'y'])
  })

  it('does not contain the fields inside an object with a secret name', async () => {
    const input = { password: { current: 'a', next: ['b'] }, bank: { iban: 'c' }, ok: { x: 'd' } }
    const seen = await afterwards(
      (session) => session.flashInput(input, { except: ['bank'] }),
      (session) =>
        ['password.current', 'password.next', 'bank.iban', 'ok.x'].map((name) => session.old(name)),
    )
    expect(seen).toEqual([undefined, undefined, undefined, 'd'])
  })

  it.each<[string, unknown]>([
    ['null', null],
    ['nothing', undefined],
    ['a string', 'x'],
    ['a list', [1]],
    ['very long names', { ['n'.repeat(100_000)]: 'x', [`${'\u0001'.repeat(127)}`]: 'y' }],
    ['control characters', { a: '\u0001'.repeat(16_000), b: '\u0001'.repeat(2_500) }],
  ])('does not make the session too large if it is %s', async (_, input) => {
    const seen = await afterwards(
      (session) => session.flashInput(input as object),
      (session) => session.old('a'),
    )
    expect(seen).toBeUndefined()
  })

  it('is cheap to process, however deeply it is nested', () => {
    const names = Array.from({ length: 20_000 }, (_, index) => [`a${index}`, ''])
    const input = { ['k'.repeat(250_000)]: Object.fromEntries(names) }
    const path = ['k'.repeat(250_000)]
    const issues = names.map(() => ({ path, message: 'x' }))
    const began = performance.now()
    formInput(input, [], 16_384)
    formErrors(issues, 16_384)
    // This took 28 seconds when the code built and searched each name.
    expect(performance.now() - began).toBeLessThan(2_000)
  })

  it('can contain any field name, and returns no inherited properties', async () => {
    const seen = await afterwards(
      (session) =>
        session.flashInput(new URLSearchParams({ ['__proto__']: 'a', constructor: 'b' })),
      (session) => [session.old('__proto__'), session.old('constructor'), session.old('toString')],
    )
    expect(seen).toEqual(['a', 'b', undefined])
  })
})

describe('form errors kept for the next page', () => {
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
  ])('can be passed as %s', async (_, errors) => {
    const seen = await afterwards(
      (session) => session.flashErrors(errors),
      (session) => [session.errors(), session.errors('email'), session.errors('none')],
    )
    expect(seen).toEqual([byField, byField.email, []])
  })

  it('are empty by default, and a single message becomes a list', async () => {
    const seen = await afterwards(
      (session) => session.flashErrors({ name: 'is missing' }),
      (session) => session.errors('name'),
    )
    expect(seen).toEqual(['is missing'])
    const { within, client } = setting()
    expect(await within(client(), (session) => session.errors())).toEqual({})
  })

  it('do not quote submitted secrets', async () => {
    const sent = 'correct "horse" battery'
    const errors = [
      {
        path: ['password'],
        message: `Expected a digit but received "${sent}"`,
        received: `"${sent}"`,
      },
      {
        path: ['password'],
        message: `must be matched by /\\d/ (was ${JSON.stringify(sent)})`,
        data: sent,
      },
      { path: ['email'], message: 'must be an address (was "ada")', data: 'ada' },
    ]
    const seen = await afterwards(
      (session) => session.flashErrors(errors),
      (session) => session.errors(),
    )
    expect(JSON.stringify(seen)).not.toContain('horse')
    expect(seen.email).toEqual(['must be an address (was "ada")'])
  })

  it('do not make the session too large', async () => {
    const errors = Array.from({ length: 5_000 }, (_, index) => ({
      path: [`${'k'.repeat(400)}${index}`],
      message: '\u0001'.repeat(500),
    }))
    const seen = await afterwards(
      (session) => session.flashErrors(errors),
      (session) => Object.keys(session.errors()).length,
    )
    expect(seen).toBeGreaterThan(0)
  })

  it('are shortened if a message is too long', async () => {
    const seen = await afterwards(
      (session) => session.flashErrors({ name: 'x'.repeat(100_000) }),
      (session) => session.errors('name')[0]?.length,
    )
    expect(seen).toBe(500)
  })
})
