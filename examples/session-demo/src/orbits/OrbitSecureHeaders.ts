import type { Orbit, PlanetCore } from 'gravito-core'
import { secureHeaders } from 'hono/secure-headers'

/** Tells browsers to run, load and send nothing but what is this app's own. Put it first in `orbits`. */
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
        // A page may set a policy of its own: the one of "another site" does.
        overwrite: false,
      }),
    )
  }
}
