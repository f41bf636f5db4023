import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readResult, requestFiles, withRequests } from './publish.mjs'

const fileAt = (path) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
const requests = await readResult('requests')

describe('the benchmarks in the docs are those of the last run:', () => {
  it('the tables', () => {
    const page = fileAt('docs/benchmarks.md')
    expect(withRequests(page, requests)).toBe(page)
  })

  it.each(requestFiles(requests))('%s', (path, chart) => {
    expect(fileAt(path)).toBe(chart)
  })
})
