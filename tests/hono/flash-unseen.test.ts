import { expect, it } from 'vitest'
import { setting, signedIn } from './setting.ts'

it.each<[string, { method?: string; headers?: Record<string, string> }]>([
  ['a HEAD', { method: 'HEAD' }],
  ['a prefetch of a current browser', { headers: { 'Sec-Purpose': 'prefetch' } }],
  ['a prerender', { headers: { 'Sec-Purpose': 'prefetch;prerender' } }],
  ['a prefetch of Safari', { headers: { Purpose: 'prefetch' } }],
  ['a preview of Safari', { headers: { 'X-Purpose': 'preview' } }],
  ['a prefetch of an older Firefox', { headers: { 'X-Moz': 'prefetch' } }],
])('%s, which the user does not see, keeps a flash message for the next page', async (_, how) => {
  const world = setting()
  world.app.get('/page', (c) => c.json(c.get('session').getFlash('ok', null)))
  const ada = await signedIn(world.client())
  await world.within(ada, (session) => session.flash('ok', 'Saved'))

  if (how.method) await ada.post('/page', {}, how.method)
  else await ada.get('/page', { headers: how.headers ?? {} })

  expect(await ada.json('/page')).toBe('Saved')
  expect(await ada.json('/page')).toBeNull()
})
