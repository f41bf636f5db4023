import type { Context } from 'hono'
import type { CsrfFailure } from '../config.ts'
import type { CsrfRefusal } from '../events.ts'
import { quote } from '../quote.ts'

const intervalMs = 60_000

/** Logs refusals, at most once a minute for each reason, so that an attack does not fill the log. */
export function refusalLog(
  warn: (message: string) => void,
  now: () => number,
): (c: Context, failure: CsrfFailure, reportOnly: boolean) => void {
  const loggedAt = new Map<CsrfRefusal, number>()
  return (c, { reason, message }, reportOnly) => {
    const time = now()
    const last = loggedAt.get(reason) ?? Number.NEGATIVE_INFINITY
    if (Math.abs(time - last) < intervalMs) return
    loggedAt.set(reason, time)
    const verb = reportOnly ? 'would be refused' : 'was refused'
    warn(`CSRF: ${c.req.method} ${quote(c.req.path)} ${verb} with "${reason}". ${message}`)
  }
}
