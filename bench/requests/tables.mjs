// Creates the tables of a section for the terminal and for the docs, and its charts. Pure functions.

import { barChart } from '../lib/chart.mjs'
import { quantile } from '../lib/statistics.mjs'
import { markdownTable, textTable } from '../lib/table.mjs'
import { digits, spreadOf } from './sections.mjs'

const said = { met: 'met', close: 'within the spread', missed: 'MISSED' }

/** Returns a table for the terminal: microseconds, share and spread, with the goals below their row. */
export function asText(version, { title, kinds, rows }) {
  const head = [`${version}. ${title}`, ...kinds.map((kind) => kind.title)]
  const lines = rows.flatMap(({ name, cells, less }) => {
    const all = kinds.map((kind) => cells[kind.name])
    const figures = all.map(({ micros, share }) => {
      const shown = share ? `${digits(share.median)}  ${spreadOf(share)}` : ' '.repeat(15)
      return `${micros.median.toFixed(1)}  ${shown}`
    })
    const goals = all.map(({ goal, verdict }) =>
      goal ? `≥ ${digits(goal)}, ${said[verdict]}` : '',
    )
    const note = less ? `  ${less}` : ''
    const own = [name, ...figures, note]
    return goals.some((goal) => goal !== '') ? [own, ['  goal', ...goals, '']] : [own]
  })
  return textTable([[...head, ''], ...lines])
}

/** Returns a table for the docs: the share and the goal. */
export function asMarkdown({ kinds, rows }) {
  const head = ['', ...kinds.map((kind) => kind.title), 'does not do']
  const lines = rows.map(({ name, cells, less }) => {
    const figures = kinds.map((kind) => {
      const { micros, share, goal, verdict } = cells[kind.name]
      if (!share) return `1.00 (${micros.median.toFixed(0)} µs)`
      const figure = `${digits(share.median)} (${spreadOf(share)})`
      return goal ? `**${figure}**, goal ${digits(goal)} ${said[verdict].toLowerCase()}` : figure
    })
    return [name === 'orbit' ? '**orbit**' : name, ...figures, less ?? '']
  })
  return markdownTable([head, ...lines])
}

/** Returns a chart with one group of bars for each kind of request. */
export function asChart(version, sections) {
  const groups = sections.flatMap((section) =>
    section.kinds.map((kind) => ({
      title:
        section.store === 'memory' ? kind.title : `${kind.title}, ${section.title.toLowerCase()}`,
      bars: barsOf(section, kind.name),
    })),
  )
  return barChart({ title: `${version}: share of the speed without sessions`, groups, max: 1 })
}

/**
 * Returns the chart of the README: one kind of request, in microseconds. Its rows use several frameworks
 * with different costs. So a figure is the cost of the bare app divided by the row's share of its
 * speed. Bars that are too long end at the edge.
 */
export function asSmallChart(version, section, kind) {
  const { title } = section.kinds.find(({ name }) => name === kind)
  const rows = section.rows.filter(({ name }) => !/^(?:a middleware|two headers)/.test(name))
  let bare = 0
  const bars = rows.map(({ name, cells }) => {
    const { micros, share } = cells[kind]
    if (!share) bare = micros.median
    // Each row was measured in a different minute, so its share is more reliable than its microseconds.
    const [value, low, high] = share
      ? [bare / share.median, bare / share.high, bare / share.low]
      : [micros.median, micros.low, micros.high]
    const isOurs = name.startsWith('orbit')
    return { name, value, low, high, isOurs, label: `${value.toFixed(0)} µs` }
  })
  const max =
    3 *
    quantile(
      bars.map(({ value }) => value),
      0.5,
    )
  const what = `${title}, ${version}: the server’s CPU per request, framework included (shorter is better)`
  return barChart({ title: what, groups: [{ title: '', bars }], max })
}

function barsOf({ rows }, kind) {
  return rows.flatMap(({ name, cells }) => {
    const { share, goal } = cells[kind]
    if (!share) return []
    const { median, low, high } = share
    const isOurs = name.startsWith('orbit')
    return [{ name, value: median, low, high, goal, isOurs, label: digits(median) }]
  })
}
