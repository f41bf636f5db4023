import { describe, expect, it } from 'vitest'
import { missedGoals, sectionResult } from './sections.mjs'
import { asChart, asMarkdown, asText } from './tables.mjs'

const kinds = { read: { title: 'signed-in read' } }
const bareRow = { name: 'Hono alone' }
const section = { store: 'memory', title: 'On memory', goals: { read: { node: 0.74, bun: 0.65 } } }

/** Returns the result of a row with these costs, and of a bare app that takes 30 µs in each round. */
function row(name, costs, more = {}) {
  const bare = { read: costs.map(() => 30) }
  return { row: { name, ...more }, costs: { read: costs }, bareRow, bare }
}

function resultWith(...costs) {
  const rows = [row('orbit', costs, { isGoal: true }), row('peer', [60], { less: 'loses updates' })]
  return sectionResult(section, 'node', kinds, rows)
}

describe('the result of a section', () => {
  it('has the bare app once, and for each other row the share of its speed', () => {
    const { rows } = resultWith(40, 40, 40)

    expect(rows.map(({ name }) => name)).toEqual(['Hono alone', 'orbit', 'peer'])
    expect(rows[0].cells.read.share).toBeUndefined()
    expect(rows[1].cells.read.share.median).toBe(0.75)
    expect(rows[2].cells.read).not.toHaveProperty('goal')
  })

  it.each([
    ['no goal that is met', [40, 40, 40], 0],
    ['no goal that some rounds miss', [40, 41, 42, 40], 0],
    ['a goal that nearly all rounds miss', [39, 60, 60, 60, 60], 1],
  ])('counts as missed %s', (_, costs, count) => {
    const runtimes = [{ version: 'Node 24.0.0', sections: [resultWith(...costs)] }]
    expect(missedGoals(runtimes)).toHaveLength(count)
  })

  it('says which goal is missed, and by how much', () => {
    const runtimes = [{ version: 'Node 24.0.0', sections: [resultWith(60, 60, 60)] }]
    expect(missedGoals(runtimes)).toEqual([
      'Node 24.0.0, On memory, orbit, signed-in read: 0.50 (0.50–0.50), the goal is 0.74',
    ])
  })
})

describe('the table of a section', () => {
  it('has a column for the goal, and one for what another library does not do', () => {
    expect(asText('Node 24.0.0', resultWith(60, 60, 60))).toBe(
      [
        'Node 24.0.0. On memory         signed-in read',
        'Hono alone              30.0',
        'orbit                   60.0  0.50  0.50–0.50',
        '  goal                         ≥ 0.74, MISSED',
        'peer                    60.0  0.50  0.50–0.50    loses updates',
      ].join('\n'),
    )
  })

  it('has the same columns in the docs', () => {
    expect(asMarkdown(resultWith(40, 40)).split('\n')).toEqual([
      '|  | signed-in read | does not do |',
      '| --- | --- | --- |',
      '| Hono alone | 1.00 (30 µs) |  |',
      '| **orbit** | **0.75 (0.75–0.75)**, goal 0.74 met |  |',
      '| peer | 0.50 (0.50–0.50) | loses updates |',
    ])
  })

  it('becomes a chart with a bar for each share and a mark for each goal', () => {
    const svg = asChart('Node 24.0.0', [resultWith(40, 40)])
    expect(svg.match(/<rect class="ours"/g)).toHaveLength(1)
    expect(svg.match(/<rect class="bar"/g)).toHaveLength(1)
    expect(svg.match(/<path class="goal"/g)).toHaveLength(1)
    expect(svg).toContain('prefers-color-scheme:dark')
  })
})
