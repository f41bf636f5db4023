import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readResult, requestFiles, scaleFiles, withRequests, withScale } from './publish.mjs'

const fileAt = (path) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
const requests = await readResult('requests')
const scale = await readResult('scale')

describe('the benchmarks in the docs match the last run:', () => {
  it('the tables', () => {
    const page = fileAt('docs/benchmarks.md')
    expect(withScale(withRequests(page, requests), scale)).toBe(page)
  })

  it.each([...requestFiles(requests), ...scaleFiles(scale)])('%s', (path, chart) => {
    expect(fileAt(path)).toBe(chart)
  })
})
