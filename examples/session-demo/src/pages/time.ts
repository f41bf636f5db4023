const units = [
  ['day', 24 * 60 * 60],
  ['hour', 60 * 60],
  ['minute', 60],
  ['second', 1],
] as const

const words = new Intl.RelativeTimeFormat('en')

/** "in 30 minutes", "3 hours ago": in the largest unit with a value of at least two. */
export function inWords(date: Date, now: Date): string {
  const seconds = Math.round((date.getTime() - now.getTime()) / 1000)
  const [unit, size] = units.find(([, length]) => Math.abs(seconds) >= 2 * length) ?? ['second', 1]
  return words.format(Math.round(seconds / size), unit)
}

/** For times that the server only knows to the minute. */
export function agoInWords(date: Date, now: Date): string {
  const isNow = now.getTime() - date.getTime() < 2 * 60_000
  return isNow ? 'just now' : inWords(date, now)
}
