import type { Router } from 'gravito-core'
import { etag } from 'hono/etag'
import { AssetController } from '../controllers/AssetController.ts'
import { AttackController } from '../controllers/AttackController.ts'
import { CartController } from '../controllers/CartController.ts'
import { CsrfController } from '../controllers/CsrfController.ts'
import { DeviceController } from '../controllers/DeviceController.ts'
import { FlashController } from '../controllers/FlashController.ts'
import { MessageController } from '../controllers/MessageController.ts'
import { ProfileController } from '../controllers/ProfileController.ts'
import { SessionDemoController } from '../controllers/SessionDemoController.ts'
import { StartController } from '../controllers/StartController.ts'

export default function (routes: Router) {
  // The routes of the guide.
  routes.get('/me', [SessionDemoController, 'index'])
  routes.post('/login', [SessionDemoController, 'login'])
  routes.post('/logout', [SessionDemoController, 'logout'])
  routes.get('/flash', [FlashController, 'index'])
  routes.get('/csrf-token', [CsrfController, 'token'])

  // The pages of the demo.
  routes.get('/', [StartController, 'page'])
  routes.post('/sign-in', [StartController, 'signIn'])
  routes.post('/sign-out', [StartController, 'signOut'])

  routes.get('/profile', [ProfileController, 'page'])

  routes.get('/devices', [DeviceController, 'page'])
  routes.post('/devices/end', [DeviceController, 'end'])
  routes.post('/devices/end-others', [DeviceController, 'endOthers'])

  routes.get('/messages', [MessageController, 'page'])
  routes.post('/messages', [MessageController, 'flash'])

  routes.get('/cart', [CartController, 'page'])
  routes.post('/cart', [CartController, 'add'])
  routes.post('/cart/items', [CartController, 'addAsJson'])
  routes.post('/cart/empty', [CartController, 'empty'])

  routes.get('/attacks', [AttackController, 'page'])
  routes.get('/attacks/clicks', [AttackController, 'clicks'])
  routes.post('/attacks/clicks', [AttackController, 'click'])
  routes.post('/attacks/copied-cookie', [AttackController, 'copiedCookie'])
  routes.get('/elsewhere', [AttackController, 'elsewhere'])

  routes.get('/assets/:name', etag(), [AssetController, 'file'])
}
