import type { OwnerSessions } from '@gravito/orbit'
import type { Context } from 'hono'
import { formText } from '../input.ts'
import { devicesPage } from '../pages/devices.ts'
import { frameOf } from '../pages/frame.ts'
import { askToSignIn } from '../sign-in.ts'

export class DeviceController {
  async page(c: Context) {
    const sessions = sessionsOfUser(c)
    if (sessions === undefined) return askToSignIn(c)
    return c.html(devicesPage(frameOf(c), await sessions.list(), new Date()))
  }

  /** `end` checks the name from the form. It ends only a session of this user. */
  async end(c: Context) {
    const sessions = sessionsOfUser(c)
    if (sessions === undefined) return askToSignIn(c)
    const isEnded = await sessions.end(await formText(c, 'name'))
    const message = isEnded ? 'That device is signed out.' : 'That device was signed out already.'
    c.get('session').flash('success', message)
    return c.redirect('/devices', 303)
  }

  async endOthers(c: Context) {
    const sessions = sessionsOfUser(c)
    if (sessions === undefined) return askToSignIn(c)
    const count = await sessions.endOthers()
    const devices = count === 1 ? '1 other device' : `${count} other devices`
    c.get('session').flash('success', `Signed out on ${devices}.`)
    return c.redirect('/devices', 303)
  }
}

function sessionsOfUser(c: Context): OwnerSessions | undefined {
  const { userId } = c.get('session')
  return userId === undefined ? undefined : c.get('sessions').of(userId)
}
