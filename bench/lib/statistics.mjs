// Statistics of the rounds. Pure functions.

/** Returns the quantile for this share of the values. It interpolates between two values. */
export function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b)
  const place = (sorted.length - 1) * part
  const below = Math.floor(place)
  const above = Math.min(below + 1, sorted.length - 1)
  return sorted[below] + (sorted[above] - sorted[below]) * (place - below)
}

/**
 * Returns the median, and the quartiles as its spread: half of the rounds are between `low` and `high`. The
 * lowest and the highest round are not a good spread, because more rounds only make it wider.
 */
export function summaryOf(values) {
  return {
    median: quantile(values, 0.5),
    low: quantile(values, 0.25),
    high: quantile(values, 0.75),
  }
}

/** Returns the ratio of each round, because the load of the machine varies less within a round than between rounds. */
export function ratiosOf(above, below) {
  return above.map((value, round) => value / below[round])
}

/**
 * Returns whether a summary meets its goal, `{ atLeast }` or `{ atMost }`. The goal is `missed` only if the better
 * quartile also misses it. If only the median misses it, the result is `close`.
 */
export function verdictOf({ median, low, high }, { atLeast, atMost }) {
  const meets = (value) => (atLeast === undefined ? value <= atMost : value >= atLeast)
  if (meets(median)) return 'met'
  return meets(atLeast === undefined ? low : high) ? 'close' : 'missed'
}

/** Rounds a summary to four digits for JSON, so that the files are easier to compare. */
export function rounded({ median, low, high }) {
  const [a, b, c] = [median, low, high].map((value) => Number(value.toPrecision(4)))
  return { median: a, low: b, high: c }
}
