// Statistics of the rounds. Pure functions.

/** The value below which this part of the values lies. Between two values it is interpolated. */
export function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b)
  const place = (sorted.length - 1) * part
  const below = Math.floor(place)
  const above = Math.min(below + 1, sorted.length - 1)
  return sorted[below] + (sorted[above] - sorted[below]) * (place - below)
}

/**
 * The median, and the quartiles as its spread: half of the rounds are between `low` and `high`. The
 * lowest and the highest round are not a good spread, because they only widen with the number of
 * rounds.
 */
export function summaryOf(values) {
  return {
    median: quantile(values, 0.5),
    low: quantile(values, 0.25),
    high: quantile(values, 0.75),
  }
}

/** The ratio of each round. The load of the machine differs from round to round, and less within one. */
export function ratiosOf(above, below) {
  return above.map((value, round) => value / below[round])
}

/**
 * Whether a summary meets its goal, `{ atLeast }` or `{ atMost }`. It is `missed` only if the better
 * quartile also misses it. Between the two it is `close`.
 */
export function verdictOf({ median, low, high }, { atLeast, atMost }) {
  const meets = (value) => (atLeast === undefined ? value <= atMost : value >= atLeast)
  if (meets(median)) return 'met'
  return meets(atLeast === undefined ? low : high) ? 'close' : 'missed'
}

/** Rounds a summary to four digits for JSON, because such tables are easier to compare. */
export function rounded({ median, low, high }) {
  const [a, b, c] = [median, low, high].map((value) => Number(value.toPrecision(4)))
  return { median: a, low: b, high: c }
}
