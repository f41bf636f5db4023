import { html } from 'hono/html'
import type { OwnerId } from '../../session/owner.ts'
import type { SessionSummary } from '../describe.ts'
import type { Html } from './layout.ts'

/** Strings of users may contain characters that change the direction of the text after them: `bdi` isolates them. */
export function foreign(text: string): Html {
  return html`<bdi>${text}</bdi>`
}

/** The user of a session, and the type of the id unless it is a string. */
export function ownerOf({ owner, isSignedIn }: Pick<SessionSummary, 'owner' | 'isSignedIn'>): Html {
  if (owner !== undefined) return ownerText(owner)
  return isSignedIn ? html`Unknown user` : html`Not signed in`
}

export function ownerText(owner: OwnerId): Html {
  if (typeof owner === 'string') return foreign(owner)
  return html`${foreign(String(owner))} <small>(${typeof owner})</small>`
}

/** The query of the page that lists the sessions of this user. */
export function ownerQuery({ owner, ownerKey }: SessionSummary): string | undefined {
  if (owner === undefined) return undefined
  const fields = { owner: String(owner), ownerType: typeof owner, ...(ownerKey && { ownerKey }) }
  return String(new URLSearchParams(fields))
}

export function deviceOf({ device }: SessionSummary): Html {
  if (!device) return html`Device not stored`
  const { name, address } = device
  return address === undefined ? foreign(name) : html`${foreign(name)} · ${foreign(address)}`
}

const units = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const

/** A relative time in words, with the exact time as its tooltip. */
export function timeOf(date: Date, now: number): Html {
  const seconds = Math.round((date.getTime() - now) / 1_000)
  const [unit, size] = units.find(([, length]) => Math.abs(seconds) >= 2 * length) ?? ['second', 1]
  const words = new Intl.RelativeTimeFormat('en').format(Math.round(seconds / size), unit)
  const exact = date.toISOString()
  return html`<time datetime="${exact}" title="${exact}">${words}</time>`
}
