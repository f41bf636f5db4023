// Defines what `bench:scale` measures, and how it shows the results. Pure functions. `map` is the
// comparison that was written by hand: a Map, or a table for SQLite.

import { barChart } from '../lib/chart.mjs'
import { rounded, summaryOf, verdictOf } from '../lib/statistics.mjs'
import { markdownTable, textTable } from '../lib/table.mjs'

/** The rows. A goal is a limit for the figure (`atMost`), or for its ratio to the figure of the Map (`timesTheMap`). */
export const rows = {
  read: {
    title: 'a read at 1,000,000 sessions costs more than at 1,000 by',
    unit: 'µs',
    timesTheMap: 1.5,
  },
  write: {
    title: 'a write at 1,000,000 sessions costs more than at 1,000 by',
    unit: 'µs',
    timesTheMap: 2,
  },
  heap: { title: 'heap of a session with 450 bytes', unit: 'bytes', atMost: 900 },
  expiry: { title: 'longest stop while 1,000,000 sessions expire', unit: 'ms', atMost: 20 },
  file: { title: 'file: an operation at 100,000 sessions ÷ at 1,000', unit: '×', atMost: 1.3 },
  sqlite: { title: 'sqlite: an operation at 100,000 sessions ÷ at 1,000', unit: '×', atMost: 1.3 },
  bundle: { title: 'bundle of Hono and memory, gzip', unit: 'KiB', atMost: 16 },
}

/**
 * Returns the result of a row. A goal that is relative to the Map is judged by the difference in each round,
 * because a figure near zero has no meaningful ratio.
 *
 * @param figures of each round: `orbit`, and `map` and `before` if they exist
 */
export function resultOf(name, figures) {
  const { title, unit, atMost, timesTheMap } = rows[name]
  const { orbit, map, before } = figures
  const above = timesTheMap && summaryOf(orbit.map((one, round) => one - timesTheMap * map[round]))
  return {
    name,
    title,
    unit,
    orbit: rounded(summaryOf(orbit)),
    ...(before && { before: rounded(summaryOf(before)) }),
    ...(map && { map: rounded(summaryOf(map)) }),
    ...(timesTheMap ? { timesTheMap } : { atMost }),
    verdict: above ? verdictOf(above, { atMost: 0 }) : verdictOf(summaryOf(orbit), { atMost }),
  }
}

const said = { met: 'met', close: 'within the spread', missed: 'MISSED' }
const shown = (value) => (value >= 100 ? value.toFixed(0) : value.toFixed(2))
const spread = (summary) =>
  summary ? `${shown(summary.median)} (${shown(summary.low)}–${shown(summary.high)})` : ''

function cells({ title, unit, orbit, before, map, timesTheMap, atMost, verdict }) {
  const goal = timesTheMap ? `≤ ${timesTheMap} times the Map's` : `≤ ${atMost} ${unit}`
  const named = `${title} (${unit})`
  return [named, spread(orbit), spread(before), spread(map), `${goal}: ${said[verdict]}`]
}

const head = ['', 'orbit', 'orbit before', 'by hand', 'goal']

export function asText(results) {
  return textTable([head, ...results.map(cells)])
}

export function asMarkdown(results) {
  const without = (line) => line.filter((_, column) => column !== 2)
  return markdownTable([head, ...results.map(cells)].map(without))
}

/** Returns a chart with bars in proportion to the goals, because the units differ. */
export function asChart(results) {
  const bars = results.map(({ name, unit, orbit, map, timesTheMap, atMost }) => {
    const goal = timesTheMap ? Math.max(timesTheMap * map.median, 0.1) : atMost
    const [value, low, high] = [orbit.median, orbit.low, orbit.high].map((one) => one / goal)
    return {
      name,
      value,
      low,
      high,
      goal: 1,
      isOurs: true,
      label: `${shown(orbit.median)} ${unit}`,
    }
  })
  const title = 'What grows, in proportion to its goal (the mark)'
  return barChart({ title, groups: [{ title: '', bars }], max: 2 })
}

export function missedRows(results) {
  return results.filter(({ verdict }) => verdict === 'missed').map((one) => cells(one).join('  '))
}
