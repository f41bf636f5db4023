import type { Orbit, PlanetCore } from 'gravito-core'
import { bodyLimit } from 'hono/body-limit'
import { HTTPException } from 'hono/http-exception'

/** The forms of this app need a few hundred bytes. */
const MAX_BYTES = 64 * 1024

/** Refuses large bodies. Without a limit, any visitor could fill the memory, because the app reads whole bodies. */
export class OrbitBodyLimit implements Orbit {
  install(core: PlanetCore) {
    core.app.use('*', bodyLimit({ maxSize: MAX_BYTES, onError: tooLarge }))
  }
}

function tooLarge(): never {
  throw new HTTPException(413, {
    message: `The body of a request can be up to ${MAX_BYTES} bytes long.`,
  })
}
