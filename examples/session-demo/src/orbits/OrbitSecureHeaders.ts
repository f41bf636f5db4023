import type { Orbit, PlanetCore } from 'gravito-core'
import { secureHeaders } from 'hono/secure-headers'

/** Tells browsers to run, load and send only this app's own files. Put it first in `orbits`. */
export class OrbitSecureHeaders implements Orbit {
  install(core: PlanetCore) {
    core.app.use(
      '*',
      secureHeaders({
        contentSecurityPolicy: {
          defaultSrc: ["'none'"],
          scriptSrc: ["'self'"],
          styleSrc: ["'self'"],
          imgSrc: ["'self'"],
          connectSrc: ["'self'"],
          formAction: ["'self'"],
          frameAncestors: ["'none'"],
          baseUri: ["'none'"],
        },
        xFrameOptions: 'DENY',
        // With Hono's default, no-referrer, browsers send `Origin: null` with the app's own forms.
        referrerPolicy: 'same-origin',
        // A page may set its own policy, like the page of "another site".
        overwrite: false,
      }),
    )
  }
}
