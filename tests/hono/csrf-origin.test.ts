import type { SessionOptions } from '@gravito/orbit'
import { describe, expect, it } from 'vitest'
import { type Client, isOverHttp } from './client.ts'
import { setting, signedIn } from './setting.ts'

const methods = [
  'GET',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'PROPFIND',
  'FOO',
]
const unsafe = methods.slice(4)
const ours = 'http://localhost'

function probed(csrf: SessionOptions['csrf'] = {}) {
  const world = setting({ csrf })
  world.app.on(methods, '/probe', (c) => {
    c.get('session').get('userId')
    return c.body(null, 204)
  })
  return world
}

/** `passed`, or the reason of the refusal. */
async function outcomeOf(client: Client, method: string, headers: Record<string, string>) {
  const response = await client.send(method, '/probe', { headers })
  if (response.status === 204) return 'passed'
  const { error }: { error?: { reason?: string } } = Object(await response.json())
  return error?.reason
}

describe('the origin of an unsafe request with a valid token (R20)', () => {
  it.each<[string | undefined, string | undefined, string]>([
    // Sec-Fetch-Site, Origin, outcome
    ['same-origin', undefined, 'passed'],
    ['same-origin', ours, 'passed'],
    ['same-origin', 'null', 'passed'],
    ['same-origin', 'https://evil.example', 'passed'],
    ['cross-site', undefined, 'cross-site'],
    ['cross-site', ours, 'cross-site'],
    ['cross-site', 'null', 'cross-site'],
    ['cross-site', 'https://evil.example', 'cross-site'],
    ['cross-site', 'https://trusted.example', 'passed'],
    ['same-site', undefined, 'cross-site'],
    ['same-site', 'http://sub.localhost', 'cross-site'],
    ['same-site', 'https://trusted.example', 'passed'],
    ['none', undefined, 'passed'],
    ['none', ours, 'passed'],
    ['none', 'null', 'origin'],
    ['none', 'https://evil.example', 'origin'],
    ['none', 'https://trusted.example', 'passed'],
    [undefined, undefined, 'passed'],
    [undefined, ours, 'passed'],
    [undefined, 'https://localhost', 'passed'],
    [undefined, 'null', 'origin'],
    [undefined, '', 'origin'],
    [undefined, 'https://evil.example', 'origin'],
    [undefined, 'http://localhost.evil.example', 'origin'],
    [undefined, 'http://localhost@evil.example', 'origin'],
    [undefined, 'http://evil.example#localhost', 'origin'],
    [undefined, 'http://localhost.', 'origin'],
    [undefined, 'http://localhost:80', 'origin'],
    [undefined, 'http://localhost:8080', 'origin'],
    [undefined, 'http://localhost/', 'origin'],
    [undefined, 'ftp://localhost', 'origin'],
    [undefined, 'HTTP://LOCALHOST', 'origin'],
    [undefined, 'localhost', 'origin'],
    [undefined, 'https://trusted.example', 'passed'],
    [undefined, 'http://trusted.example', 'origin'],
    [undefined, 'https://trusted.example:8443', 'origin'],
    [undefined, 'https://a.trusted.example', 'origin'],
    ['nonsense', undefined, 'passed'],
    ['nonsense', 'https://evil.example', 'origin'],
    ['Same-Origin', 'https://evil.example', 'origin'],
    ['same-origin, cross-site', 'https://evil.example', 'origin'],
    ['', 'https://evil.example', 'origin'],
  ])('Sec-Fetch-Site %s and Origin %s: %s', async (site, origin, outcome) => {
    const world = probed({ trustedOrigins: ['https://trusted.example'] })
    const ada = await signedIn(world.client())
    const headers: Record<string, string> = { 'X-CSRF-Token': ada.token }
    if (site !== undefined) headers['Sec-Fetch-Site'] = site
    if (origin !== undefined) headers.Origin = origin

    expect(await outcomeOf(ada, 'POST', headers)).toBe(outcome)
  })

  it('may be another host of the same site if that is allowed, but no other site', async () => {
    const world = probed({ allowSameSite: true })
    const ada = await signedIn(world.client())
    const token = { 'X-CSRF-Token': ada.token }

    const outcomes = []
    for (const site of ['same-site', 'cross-site']) {
      const headers = { ...token, 'Sec-Fetch-Site': site, Origin: 'http://sub.localhost' }
      outcomes.push(await outcomeOf(ada, 'POST', headers))
    }
    expect(outcomes).toEqual(['passed', 'cross-site'])
  })

  it('does not replace the token, even for a trusted origin', async () => {
    const world = probed({ trustedOrigins: ['https://trusted.example'], allowSameSite: true })
    const ada = await signedIn(world.client())
    for (const headers of [
      { 'Sec-Fetch-Site': 'same-origin' },
      { 'Sec-Fetch-Site': 'same-site' },
      { Origin: ours },
      { Origin: 'https://trusted.example' },
    ]) {
      expect(await outcomeOf(ada, 'POST', headers as Record<string, string>)).toBe('missing')
    }
  })
})

const unknown = 'most servers refuse a method that HTTP does not know'

describe('methods (R20)', () => {
  it.each(['GET', 'HEAD', 'OPTIONS'])('%s needs no token, whatever its origin', async (method) => {
    const ada = await signedIn(probed().client())
    const headers = { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' }

    const response = await ada.send(method, '/probe', { headers })

    expect(response.status).toBe(204)
  })

  it.for([...unsafe, 'patch'])(
    '%s is refused without a token and from another site',
    async (method, { skip }) => {
      skip(isOverHttp && method === 'FOO', unknown)
      const ada = await signedIn(probed().client())

      expect(await outcomeOf(ada, method, {})).toBe('missing')
      const headers = { 'Sec-Fetch-Site': 'cross-site', 'X-CSRF-Token': ada.token }
      expect(await outcomeOf(ada, method, headers)).toBe('cross-site')
    },
  )

  it.for(unsafe)('%s passes with the token', async (method, { skip }) => {
    skip(isOverHttp && method === 'FOO', unknown)
    const ada = await signedIn(probed().client())

    expect(await outcomeOf(ada, method, { 'X-CSRF-Token': ada.token })).toBe('passed')
  })

  it.each(['X-HTTP-Method-Override', 'X-Method-Override', 'X-HTTP-Method'])(
    'POST stays unsafe whatever %s says',
    async (name) => {
      const ada = await signedIn(probed().client())

      expect(await outcomeOf(ada, 'POST', { [name]: 'GET' })).toBe('missing')
    },
  )

  it.each([
    'application/json',
    'text/plain',
    'text/plain; charset=utf-8',
    'APPLICATION/JSON',
    'application/x-www-form-urlencoded',
    'Multipart/Form-Data; boundary=x',
    'application/x-www-form-urlencoded; application/json',
    'a',
    '',
  ])('POST is refused without a token whatever its content type: %j', async (type) => {
    const ada = await signedIn(probed().client())
    const response = await ada.send('POST', '/probe', {
      headers: { 'Content-Type': type },
      body: '{}',
    })

    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({ error: { reason: 'missing' } })
  })

  it('POST is also refused on a path that does not exist, and its route does not run', async () => {
    const world = probed()
    let ran = 0
    world.app.post('/run', (c) => {
      ran += 1
      return c.text('ran')
    })
    const ada = await signedIn(world.client())

    expect((await ada.send('POST', '/nowhere')).status).toBe(403)
    expect((await ada.send('POST', '/run')).status).toBe(403)
    expect(ran).toBe(0)
  })
})
