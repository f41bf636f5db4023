import { defineConfig, PlanetCore } from 'gravito-core'
import { OrbitSession } from '@gravito/orbit'

const config = defineConfig({
  config: {
    session: {
      driver: 'memory',
      cookie: { name: 'gravito_session' },
      idleTimeoutSeconds: 60 * 30,
      absoluteTimeoutSeconds: 60 * 60 * 24 * 7,
      touchIntervalSeconds: 60,
      csrf: {
        enabled: true,
        headerName: 'X-CSRF-Token',
      },
    },
  },
  orbits: [new OrbitSession()],
})

const core = await PlanetCore.boot(config)
export default core.liftoff()
