import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { serveSite, siteUrl, useSite } from '../docs/site.ts'
import { useChromium } from './chromium.ts'

/** What developers type, and the pages of which one must be the first result. */
const questions: readonly (readonly [question: string, ...pages: string[]])[] = [
  ['how do I sign somebody out everywhere', '/security#sign-a-user-out-everywhere'],
  ['log out all devices', '/recipes/devices', '/security#sign-a-user-out-everywhere'],
  [
    'why is my POST a 403',
    '/troubleshooting#a-post-fails-with-403',
    '/csrf#why-a-post-fails-with-403',
  ],
  ['keep users signed in for 30 days', '/recipes/remember-me'],
  ['login with a password', '/recipes/sign-in'],
  ['send the CSRF token with fetch', '/csrf', '/guide/orbit-session-starter'],
  [
    'how do I store sessions in postgres',
    '/recipes/database',
    '/drivers#postgresql-mariadb-and-mysql',
  ],
  ['test as a signed-in user', '/testing'],
  ['validation errors and old input', '/recipes/form-errors'],
  ['users are signed out after a deployment', '/troubleshooting', '/recipes/deployment'],
  ['how do I rotate the secret', '/security#change-the-secret-without-signing-users-out'],
  ['do two requests overwrite each other', '/concurrency'],
  ['what happens when redis is down', '/drivers'],
  ['double click only once', '/concurrency'],
  ['cookie is not set behind nginx', '/recipes/behind-a-proxy'],
  ['how long does a session last', '/api/orbit-session#how-long-a-session-lasts'],
  ['session fixation', '/security', '/recipes/sign-in#problems'],
  ['cloudflare workers', '/deploy', '/recipes/workers'],
  ['count active sessions', '/operations', '/api/orbit-session#sessions-of-all-users'],
  ['session-moved', '/api/orbit-session#errors', '/concurrency#the-session-moves-to-a-new-id'],
  [
    'session-store-full',
    '/api/orbit-session#errors',
    '/drivers#a-server-that-is-full-or-fails-over',
  ],
  ['keep users signed in', '/recipes/remember-me'],
  ['migrate from express-session', '/coming-from/express-session'],
]

describe('The search of the docs', () => {
  useSite()
  const chromium = useChromium()

  it('answers what developers ask with its first result', async () => {
    const context = await chromium.person({ viewport: { width: 1280, height: 800 } })
    await serveSite(context)
    const page = await context.newPage()
    await page.goto(`${siteUrl}/`)
    await page.getByRole('button', { name: 'Search' }).click()

    const wrong: string[] = []
    for (const [question, ...pages] of questions) {
      const first = await firstResult(page, question)
      if (!pages.some((path) => first.startsWith(path))) wrong.push(`${question}: ${first}`)
    }
    expect(wrong).toEqual([])
  })
})

/** Empties the box first, so that the results which appear belong to this question. */
async function firstResult(page: Page, question: string): Promise<string> {
  const box = page.getByRole('searchbox')
  const results = page.locator('#localsearch-list a')
  await box.fill('')
  await results.first().waitFor({ state: 'detached' })
  await box.fill(question)
  return (await results.first().getAttribute('href')) ?? ''
}
