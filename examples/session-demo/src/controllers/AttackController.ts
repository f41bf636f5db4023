import type { Context } from 'hono'
import { type Answer, attacksPage } from '../pages/attacks.ts'
import { elsewherePage } from '../pages/elsewhere.ts'
import { frameOf } from '../pages/frame.ts'

export class AttackController {
  async page(c: Context) {
    return c.html(
      attacksPage(frameOf(c), {
        strangersToken: await tokenOfStranger(c),
        otherSite: otherSiteOf(c.req.url),
        copiedCookie: c.get('session').getFlash<Answer | null>('copiedCookie', null),
      }),
    )
  }

  /** Signs out. Then it uses the cookie that the browser sent, like an attacker who has copied it. */
  async copiedCookie(c: Context) {
    const session = c.get('session')
    const answer = session.userId !== undefined ? await this.#signOutAndTry(c) : signInFirst
    session.flash('copiedCookie', answer)
    return c.redirect('/attacks#copied-cookie', 303)
  }

  async #signOutAndTry(c: Context): Promise<Answer> {
    const session = c.get('session')
    const ask = c.get('askInside')
    const copied = c.req.header('Cookie')
    const before = await textOf(await ask('/me', copied))
    session.signOut()
    // Save now, not after the handler: the session must have ended before the copy is used.
    await session.save()
    const after = await textOf(await ask('/me', copied))
    return {
      verdict: after === nobody ? 'The copy no longer works' : 'The copy still works',
      explanation: `With the copied cookie, /me responds with ${after}. Before you signed out, it responded with ${before}.`,
    }
  }

  clicks(c: Context) {
    return c.json({ clicks: c.get('session').get<number>('clicks', 0) })
  }

  click(c: Context) {
    return c.json({ clicks: c.get('session').increment('clicks') })
  }

  /** The page of "another site". It does not use the session. Its form posts to the other loopback name. */
  elsewhere(c: Context) {
    const target = otherSiteOf(c.req.url)
    if (target === undefined) return c.notFound()
    c.header(
      'Content-Security-Policy',
      `default-src 'none'; style-src 'self'; img-src 'self'; form-action ${target}; frame-ancestors 'none'; base-uri 'none'`,
    )
    return c.html(elsewherePage(new URL(c.req.url).host, target))
  }
}

/** Returns a valid token of another session, which this server creates for this call. */
async function tokenOfStranger(c: Context): Promise<string> {
  const response = await c.get('askInside')('/csrf-token')
  const { token }: { token: string } = await response.json()
  return token
}

/** Browsers treat localhost and 127.0.0.1 as two sites, although the same server serves both. */
function otherSiteOf(url: string): string | undefined {
  const { protocol, hostname, port } = new URL(url)
  const names = ['localhost', '127.0.0.1']
  if (!names.includes(hostname)) return undefined
  const other = names.find((name) => name !== hostname)
  return `${protocol}//${other}${port === '' ? '' : `:${port}`}`
}

async function textOf(response: Response): Promise<string> {
  return `${response.status} ${await response.text()}`
}

/** The response of /me to a visitor. */
const nobody = '200 {"userId":null}'

const signInFirst: Answer = {
  verdict: 'Sign in first',
  explanation: 'This attack needs the cookie of a signed-in user.',
}
