import type { Router } from 'gravito-core'
import { CsrfController } from '../controllers/CsrfController.ts'
import { FlashController } from '../controllers/FlashController.ts'
import { PageController } from '../controllers/PageController.ts'
import { SessionDemoController } from '../controllers/SessionDemoController.ts'

export default function (routes: Router) {
  // The guide's own.
  routes.get('/me', [SessionDemoController, 'index'])
  routes.post('/login', [SessionDemoController, 'login'])
  routes.post('/logout', [SessionDemoController, 'logout'])
  routes.get('/flash', [FlashController, 'index'])
  routes.get('/csrf', [CsrfController, 'token'])

  // The page that shows them at work.
  routes.get('/', [PageController, 'home'])
  routes.post('/sign-in', [PageController, 'signIn'])
  routes.post('/sign-out', [PageController, 'signOut'])
  routes.post('/clicks', [PageController, 'click'])
  routes.get('/style.css', [PageController, 'style'])
  routes.get('/clicks.js', [PageController, 'script'])
}
