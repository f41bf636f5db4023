// Replaces the guide's src/routes/index.ts, which is next to it as printed.ts.
import type { Router } from 'gravito-core'
import { CsrfController } from '../controllers/CsrfController'
import { FlashController } from '../controllers/FlashController'
import { ProbeController } from '../controllers/ProbeController'
import printed from './printed'

export default function (routes: Router) {
  printed(routes)
  routes.get('/flash', [FlashController, 'index'])
  routes.get('/csrf', [CsrfController, 'token'])
  routes.get('/probe', [ProbeController, 'count'])
  routes.post('/probe', [ProbeController, 'add'])
  routes.put('/probe', [ProbeController, 'add'])
  routes.patch('/probe', [ProbeController, 'add'])
  routes.delete('/probe', [ProbeController, 'add'])
  routes.get('/runtime', [ProbeController, 'runtime'])
  routes.post('/form', [ProbeController, 'form'])
}
