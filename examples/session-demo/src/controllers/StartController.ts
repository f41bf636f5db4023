import { back } from '@gravito/orbit'
import type { Context } from 'hono'
import { formText } from '../input.ts'
import { frameOf } from '../pages/frame.ts'
import { MAX_NAME_LENGTH, startPage } from '../pages/start.ts'
import { optionsOfSignIn } from '../sign-in.ts'

export class StartController {
  page(c: Context) {
    return c.html(startPage(frameOf(c)))
  }

  async signIn(c: Context) {
    const session = c.get('session')
    const name = await formText(c, 'name')
    const problem = problemOf(name)
    const form = await c.req.parseBody()
    if (problem !== undefined) {
      // The kernel does the same for a `ValidationError`, which the message and cart controllers throw.
      session.flashErrors({ name: problem })
      session.flashInput(form)
      return back(c, '/')
    }
    // The session moves to a new id and a new CSRF token, and keeps the visitor's cart.
    session.signIn(name, optionsOfSignIn(form.remember !== undefined))
    session.flash('success', `Welcome, ${name}.`)
    return c.redirect('/profile', 303)
  }

  signOut(c: Context) {
    const session = c.get('session')
    session.signOut()
    // The old session has ended. The message creates a new session, for the next page only.
    session.flash('success', 'Signed out.')
    return c.redirect('/', 303)
  }
}

function problemOf(name: string): string | undefined {
  if (name === '') return 'Enter your name.'
  if (name.length > MAX_NAME_LENGTH) return `A name has at most ${MAX_NAME_LENGTH} characters.`
  return undefined
}
