import { Client } from '../hono/client.ts'
import type { Workerd } from './workerd.ts'

/** A browser whose requests are spread over Workers, as Cloudflare does: `X-Worker` names the one that responds. */
export function browserOf(workerd: Workerd, first: string): Client {
  return new Client((request) => {
    const { pathname, search } = new URL(request.url)
    const worker = request.headers.get('X-Worker') ?? first
    return fetch(new Request(`${workerd.url(worker)}${pathname}${search}`, request), {
      redirect: 'manual',
    })
  })
}

/** The header that names the Worker that responds. */
export const by = (worker: string) => ({ headers: { 'X-Worker': worker } })
