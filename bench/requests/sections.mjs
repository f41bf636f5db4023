// Turns the figures of the rounds into the stored results. Pure functions.

import { ratiosOf, rounded, summaryOf, verdictOf } from '../lib/statistics.mjs'

/**
 * Returns the results of a section, ready for JSON. For each kind of request, the `cells` of a row have `micros`
 * and, except for a bare app, `share`. A share of 1 means that the app is as fast as the bare app. A row with
 * goals also has `goal` and `verdict`.
 *
 * @param measured in order: `row` and the figures of its rounds in `costs`, its bare app in `bareRow`,
 * and the figures of that app in `bare`
 */
export function sectionResult({ store, title, goals }, runtime, kinds, measured) {
  const names = Object.keys(kinds)
  const rows = measured.flatMap(({ row, costs, bareRow, bare }, index) => {
    const own = {
      name: row.name,
      ...(row.less && { less: row.less }),
      cells: cellsOf(names, (kind) =>
        shareCell(
          costs[kind],
          bare[kind],
          row.isGoal && goals[kind]?.[runtime === 'bun' ? 'bun' : 'node'],
        ),
      ),
    }
    if (measured[index - 1]?.bareRow === bareRow) return [own]
    const all = measured.filter((one) => one.bareRow === bareRow)
    const costOf = (kind) => all.flatMap((one) => one.bare[kind])
    const reference = cellsOf(names, (kind) => ({ micros: rounded(summaryOf(costOf(kind))) }))
    return [{ name: bareRow.name, cells: reference }, own]
  })
  return {
    store,
    title,
    kinds: Object.entries(kinds).map(([name, { title }]) => ({ name, title })),
    rows,
  }
}

function cellsOf(names, cell) {
  return Object.fromEntries(names.map((name) => [name, cell(name)]))
}

function shareCell(costs, bare, goal) {
  const share = summaryOf(ratiosOf(bare, costs))
  return {
    micros: rounded(summaryOf(costs)),
    share: rounded(share),
    ...(goal && { goal, verdict: verdictOf(share, { atLeast: goal }) }),
  }
}

/** Returns a line for each goal that is missed by more than the spread of the rounds. */
export function missedGoals(runtimes) {
  return runtimes.flatMap(({ version, sections }) =>
    sections.flatMap(({ title, kinds, rows }) =>
      rows.flatMap(({ name, cells }) =>
        kinds
          .filter((kind) => cells[kind.name]?.verdict === 'missed')
          .map((kind) => {
            const { share, goal } = cells[kind.name]
            return `${version}, ${title}, ${name}, ${kind.title}: ${digits(share.median)} (${spreadOf(share)}), the goal is ${digits(goal)}`
          }),
      ),
    ),
  )
}

export const digits = (share) => share.toFixed(2)
export const spreadOf = ({ low, high }) => `${digits(low)}–${digits(high)}`
