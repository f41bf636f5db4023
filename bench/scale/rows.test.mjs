import { describe, expect, it } from 'vitest'
import { asChart, asText, missedRows, resultOf } from './rows.mjs'

describe('what grows', () => {
  it.each([
    ['met', [1, 4, 3], [1, 3, 3]],
    ['close', [2, 4, 2, 1, 1], [1, 1, 1, 1, 1]],
    ['missed', [2, 2, 3], [1, 1, 1]],
    ['missed', [2, 2, 3], [-0.1, 0.1, -0.1]],
  ])('is %s, judged by how much each round is above the Map', (verdict, orbit, map) => {
    expect(resultOf('read', { orbit, map }).verdict).toBe(verdict)
  })

  it('is judged by the figure alone if the goal is a figure', () => {
    expect(resultOf('heap', { orbit: [1_000], map: [5_000] })).toMatchObject({
      orbit: { median: 1_000 },
      atMost: 900,
      verdict: 'missed',
    })
  })

  it('becomes a table, a chart, and a line for each missed goal', () => {
    const results = [
      resultOf('heap', { orbit: [1_000], map: [800], before: [1_200] }),
      resultOf('expiry', { orbit: [5, 9, 40], map: [300, 300, 300] }),
    ]
    expect(missedRows(results)).toHaveLength(1)
    expect(asText(results)).toContain('≤ 900 bytes: MISSED')
    expect(asText(results)).toContain('≤ 20 ms: met')
    expect(asChart(results).match(/<rect class="ours"/g)).toHaveLength(2)
  })
})
