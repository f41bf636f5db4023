import { describe, expect, it } from 'vitest'
import { arrived, setting, signedIn } from './setting.ts'

describe('a session that ends while a save is in progress (R2, section 4)', () => {
  it('stays ended, and the next one holds only later changes', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    await world.answer(ada, (session) => {
      session.put('seen', 1)
      session.save()
      session.signOut()
      session.flash('bye', 'Signed out')
    })
    expect(await ada.json('/all')).toEqual({})
  })

  it('stays ended while a claim is in progress', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    await world.answer(ada, (session) => {
      session.claim('once')
      session.invalidate()
      session.put('note', 1)
    })
    expect(await ada.json('/all')).toEqual({ note: 1 })
  })

  it('cannot be read in the same request any more', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const seen = await world.within(ada, async (session) => {
      session.put('seen', 1)
      const saving = session.save()
      session.signOut()
      await saving
      return session.userId
    })
    expect(seen).toBeUndefined()
  })

  it('ends even if its first record was not stored yet', async () => {
    const world = setting()
    const ada = await arrived(world.client())
    await world.answer(ada, (session) => {
      session.signIn('ada')
      session.save()
      session.signOut()
    })
    expect(await ada.json('/me')).toEqual({ userId: null })
    expect(world.store.live().filter(({ owner }) => owner)).toEqual([])
  })

  it('leaves the token valid if its first record was never stored', async () => {
    const world = setting()
    const client = await arrived(world.client())
    let token = ''
    await world.answer(client, async (session, c) => {
      session.put('big', 'x'.repeat(100_000))
      const saving = session.save()
      session.invalidate()
      session.put('note', 1)
      token = c.get('csrf').token()
      await saving.catch(() => {})
      token = c.get('csrf').token()
    })
    expect(await client.json('/all')).toEqual({ note: 1 })
    expect(token).toBe(client.cookie('XSRF-TOKEN'))
  })

  it('ends even if the error handler signs out', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    world.app.onError((_, c) => {
      c.get('session').signOut()
      c.get('session').flash('message', 'Please sign in again')
      return c.text('failed', 500)
    })
    await world.answer(ada, (session) => {
      session.put('a', 1)
      session.save()
      throw new Error('broken')
    })
    expect(await ada.json('/me')).toEqual({ userId: null })
  })
})
