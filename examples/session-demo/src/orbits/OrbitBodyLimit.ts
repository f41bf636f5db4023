import type { Orbit, PlanetCore } from 'gravito-core'
import { bodyLimit } from 'hono/body-limit'
import { HTTPException } from 'hono/http-exception'

/** What people type into this app's forms is a few hundred bytes. */
const MAX_BYTES = 64 * 1024

/** Refuses bodies that nobody types: else any visitor fills the memory, as a body is read whole. */
export class OrbitBodyLimit implements Orbit {
  install(core: PlanetCore) {
    core.app.use('*', bodyLimit({ maxSize: MAX_BYTES, onError: tooLarge }))
  }
}

function tooLarge(): never {
  throw new HTTPException(413, { message: `A request may have up to ${MAX_BYTES} bytes.` })
}
