import { describe, expect, it } from 'vitest'
import { barChart } from './chart.mjs'
import { withBlock } from './table.mjs'

const chart = (bar) => barChart({ title: 'A & B', groups: [{ title: '', bars: [bar] }], max: 1 })

describe('a chart', () => {
  it('has its title for screen readers, and escapes names', () => {
    expect(chart({ name: '<b>', value: 0.5, label: '0.50' })).toContain('<title>A &amp; B</title>')
    expect(chart({ name: '<b>', value: 0.5, label: '0.50' })).toContain('&lt;b&gt;')
  })

  it('draws bars in proportion, and cuts longer ones at the edge', () => {
    const widthOf = (value) =>
      Number(/class="bar" .*?width="([\d.]+)"/.exec(chart({ name: 'x', value, label: '' }))[1])
    expect(widthOf(0.5)).toBe(widthOf(1) / 2)
    expect(widthOf(3)).toBe(widthOf(1))
  })
})

describe('a generated block of a page', () => {
  it('is replaced between its markers, and can be replaced again', () => {
    const page = 'a\n<!-- bench x -->\nold\n<!-- /bench x -->\nb'
    const once = withBlock(page, 'bench x', 'new')
    expect(once).toBe('a\n<!-- bench x -->\nnew\n<!-- /bench x -->\nb')
    expect(withBlock(once, 'bench x', 'new')).toBe(once)
  })

  it('is required', () => {
    expect(() => withBlock('a', 'bench x', 'new')).toThrow('no block <!-- bench x -->')
  })
})
