import { SessionError } from '@gravito/orbit'
import type { Orbit, PlanetCore } from 'gravito-core'
import type { Context } from 'hono'
import { wantsPage } from '../input.ts'
import { type Problem, problemPage } from '../pages/problem.ts'

/** Shows errors as pages in the design of the demo, if the client wants a page. */
export class OrbitErrorPages implements Orbit {
  install(core: PlanetCore) {
    core.app.use('*', async function errorPages(c, next) {
      await next()
      if (c.res.status < 400) return
      const problem = problemOfSession(c) ?? (await problemOf(c.res))
      if (problem === undefined) return
      c.res.headers.append('Vary', 'Accept')
      if (!wantsPage(c)) return
      c.res = new Response(String(await problemPage(c.res.status, problem)), {
        status: c.res.status,
        headers: { 'Content-Type': 'text/html; charset=UTF-8' },
      })
    })
  }
}

/** The message of a session error. The library would show it on its own small page. */
function problemOfSession({ error }: Context): Problem | undefined {
  if (!(error instanceof SessionError)) return undefined
  const { code, message, status } = error
  return { code, message: status === 500 ? 'The session could not be saved.' : message }
}

async function problemOf(response: Response): Promise<Problem | undefined> {
  if (!response.headers.get('Content-Type')?.startsWith('application/json')) return undefined
  const body: unknown = await response.clone().json()
  const isProblem = typeof body === 'object' && body !== null && 'error' in body
  return isProblem && isError(body.error) ? body.error : undefined
}

function isError(error: unknown): error is Problem {
  return (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    typeof error.code === 'string' &&
    'message' in error &&
    typeof error.message === 'string'
  )
}
