import type { Router } from 'gravito-core'
import { SessionDemoController } from '../controllers/SessionDemoController'

export default function(routes: Router) {
  routes.get('/me', [SessionDemoController, 'index'])
  routes.post('/login', [SessionDemoController, 'login'])
  routes.post('/logout', [SessionDemoController, 'logout'])
}
