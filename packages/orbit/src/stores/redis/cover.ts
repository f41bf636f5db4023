/*
 * A record's key goes by the server's clock some time after it has expired by ours. The index of an
 * owner must stand as long as any of its records, which touches prolong without looking at it. So it
 * is granted whole periods, counted from the beginning of the session: only a session that lives
 * longer than one has to prolong its index, once per period.
 */
const period = 30 * 24 * 60 * 60 * 1000
/** Clocks differ a little; the record's own `expiresAt` is what counts. */
const slack = 30_000

/** The same as a function of the scripts. */
export const coverInLua = `
local function cover(created, expires)
  return created + (math.floor((expires - created) / ${period}) + 1) * ${period}
end
`

/** Until when an owner's index must stand for a record with these times. */
export function coverOf(times: { createdAt: number; expiresAt: number }): number {
  const periods = Math.floor((times.expiresAt - times.createdAt) / period) + 1
  return times.createdAt + periods * period
}

/**
 * Milliseconds for the server to keep a key that ends at the given time. Relative, so that a server
 * whose clock is wrong ends no session early.
 */
export function timeToLive(end: number, now: number): string {
  return String(Math.min(Math.max(Math.ceil(end - now), 0) + slack, Number.MAX_SAFE_INTEGER / 2))
}
