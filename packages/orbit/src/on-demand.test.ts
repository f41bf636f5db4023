import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { onDemand } from './on-demand.ts'

it('loads a part when it is first needed, and returns it at once after that', async () => {
  let loads = 0
  const part = onDemand(async () => {
    loads += 1
    return { name: 'the part' }
  })
  expect(loads).toBe(0)

  expect(await part()).toEqual({ name: 'the part' })

  expect(part()).toEqual({ name: 'the part' })
  expect(loads).toBe(1)
})

it('fails with a 503 if the part cannot be loaded, and tries again the next time', async () => {
  const cause = new Error('Cannot find module')
  let isThere = false
  const part = onDemand(async () => {
    if (!isThere) throw cause
    return { name: 'the part' }
  })

  await expect(part()).rejects.toMatchObject({ code: 'session-unavailable', status: 503, cause })

  isThere = true
  expect(await part()).toEqual({ name: 'the part' })
})

it('returns a promise of this realm, even if the promise of the import is of another', async () => {
  const part = onDemand(runInNewContext("async () => ({ name: 'the part' })"))

  const loading = part()

  expect(loading).toBeInstanceOf(Promise)
  expect(await loading).toEqual({ name: 'the part' })
})
