const units = [
  ['day', 24 * 60 * 60],
  ['hour', 60 * 60],
  ['minute', 60],
  ['second', 1],
] as const

const words = new Intl.RelativeTimeFormat('en')

/** Returns, for example, "in 30 minutes" or "3 hours ago". It uses the largest unit with a value of at least two. */
export function inWords(date: Date, now: Date): string {
  const seconds = Math.round((date.getTime() - now.getTime()) / 1000)
  const [unit, size] = units.find(([, length]) => Math.abs(seconds) >= 2 * length) ?? ['second', 1]
  return words.format(Math.round(seconds / size), unit)
}

/** Like `inWords`, for times that the server knows only to the minute: the last two minutes are "just now". */
export function agoInWords(date: Date, now: Date): string {
  const isNow = now.getTime() - date.getTime() < 2 * 60_000
  return isNow ? 'just now' : inWords(date, now)
}
