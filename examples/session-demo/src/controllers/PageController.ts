import { readFile } from 'node:fs/promises'
import type { Context } from 'hono'
import { home } from '../page/home.ts'

const MAX_NAME_LENGTH = 40

const asset = (name: string) => readFile(new URL(`../page/${name}`, import.meta.url), 'utf8')

export class PageController {
  home(c: Context) {
    const session = c.get('session')
    return c.html(
      home({
        userId: session.get<string | null>('userId', null),
        clicks: session.get<number>('clicks', 0),
        message: session.getFlash<string | null>('success', null),
        csrfField: c.get('csrf').field(),
      }),
    )
  }

  async signIn(c: Context) {
    const session = c.get('session')
    const { name } = await c.req.parseBody()
    const userId = typeof name === 'string' ? name.trim().slice(0, MAX_NAME_LENGTH) : ''
    if (userId === '') {
      session.flash('success', 'A name is needed to sign in.')
    } else {
      session.regenerate()
      session.put('userId', userId)
      session.flash('success', `Welcome, ${userId}.`)
    }
    return c.redirect('/', 303)
  }

  signOut(c: Context) {
    const session = c.get('session')
    session.invalidate()
    // What follows belongs to the new session.
    session.flash('success', 'Signed out. Your old session is gone from the server.')
    return c.redirect('/', 303)
  }

  click(c: Context) {
    return c.json({ clicks: c.get('session').increment('clicks') })
  }

  // These two use no session: their answers carry no cookie and stay cacheable.
  async style(c: Context) {
    return c.body(await asset('style.css'), 200, { 'Content-Type': 'text/css; charset=utf-8' })
  }

  async script(c: Context) {
    return c.body(await asset('clicks.js'), 200, {
      'Content-Type': 'text/javascript; charset=utf-8',
    })
  }
}
