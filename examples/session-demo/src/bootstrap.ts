import { OrbitSession } from '@gravito/orbit'
import { defineConfig, PlanetCore } from 'gravito-core'
import { cache, driver, driverOrbits } from './drivers.ts'
import { OrbitBodyLimit } from './orbits/OrbitBodyLimit.ts'
import { OrbitErrorPages } from './orbits/OrbitErrorPages.ts'
import { OrbitInside } from './orbits/OrbitInside.ts'
import { OrbitSecureHeaders } from './orbits/OrbitSecureHeaders.ts'
import { refuse } from './refuse.ts'
import { REMEMBERED_SECONDS } from './sign-in.ts'

const config = defineConfig({
  config: {
    cache,
    session: {
      driver,
      cookie: { name: 'gravito_session' },
      idleTimeoutSeconds: 60 * 30,
      absoluteTimeoutSeconds: 60 * 60 * 24 * 7,
      maxAbsoluteTimeoutSeconds: REMEMBERED_SECONDS,
      touchIntervalSeconds: 60,
      devices: true,
      csrf: {
        enabled: true,
        headerName: 'X-CSRF-Token',
        onError: refuse,
      },
    },
  },
  orbits: [
    new OrbitSecureHeaders(),
    new OrbitErrorPages(),
    new OrbitBodyLimit(),
    new OrbitInside(),
    ...driverOrbits,
    new OrbitSession(),
  ],
})

const core = await PlanetCore.boot(config)
export default core.liftoff()
