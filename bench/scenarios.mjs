// The scenarios for each library. A scenario gets a freshly started app, works on it over HTTP and
// returns what it saw: true, false or a number, or undefined if the library has no such feature.
// `good` is what Orbit promises.

import { Browser } from './browser.mjs'

/** Where a handler does other work: before it changes the session, and after it. */
const timings = ['first', 'last']

export const scenarios = [
  {
    title: 'two overlapping requests: both writes kept',
    good: true,
    async run(app) {
      return everyTiming(async (place) => {
        const browser = await signedIn(app)
        const [one, other] = [
          await held(app, browser, '/put/a', place),
          await held(app, browser, '/put/b', place),
        ]
        await one.release()
        await other.release()
        const { a, b } = await browser.json('/keys')
        return a === true && b === true
      })
    },
  },
  {
    title: '100 overlapping increments: how many count',
    good: 100,
    async run(app) {
      const counts = []
      for (const place of timings) {
        const browser = await signedIn(app)
        const hundred = Array.from({ length: 100 }, () => held(app, browser, '/increment', place))
        const requests = await Promise.all(hundred)
        await Promise.all(requests.map(({ release }) => release()))
        counts.push((await browser.json('/keys')).clicks)
      }
      return Math.min(...counts)
    },
  },
  {
    title: 'sign-out: a copied cookie opens nothing',
    good: true,
    async run(app) {
      const browser = await signedIn(app)
      await expectOk(browser.post('/sign-out'))
      return !(await opensAny(app, browser.held))
    },
  },
  {
    title: 'sign-out beside a slow write: stays out',
    good: true,
    run: (app) => everyTiming((place) => staysOut(app, '/put/a', place)),
  },
  {
    title: 'sign-out beside a slow read: stays out',
    good: true,
    run: (app) => staysOut(app, '/slow', 'first'),
  },
  {
    title: 'sign-in beside a slow write: stays in',
    good: true,
    run: (app) => everyTiming((place) => staysIn(app, '/put/b', place)),
  },
  {
    title: 'sign-in beside a slow read: stays in',
    good: true,
    run: (app) => staysIn(app, '/slow', 'first'),
  },
  {
    title: 'sign-in: an older cookie stays a visitor’s',
    good: true,
    run: (app) => leavesOldCookies(app, '/sign-in'),
  },
  {
    title: '  also where the handler only puts the user',
    good: true,
    run: (app) => leavesOldCookies(app, '/sign-in/plain'),
  },
  {
    title: '100 visits without a cookie: records',
    good: 0,
    async run(app) {
      if (!app.count) return undefined
      for (let visit = 0; visit < 100; visit += 1) await new Browser(app.url).json('/me')
      return app.count()
    },
  },
  {
    title: 'the store cannot be read: signed in after it',
    good: true,
    async run(app) {
      if (!app.count) return undefined
      const { browser, answer } = await duringFault(app, 'read', (one) => one.get('/me'))
      const tookForVisitor = answer.ok && (await answer.json()).userId === null
      return !tookForVisitor && (await browser.json('/me')).userId === 'ada'
    },
  },
  {
    title: '  its answer meanwhile',
    good: 503,
    async run(app) {
      if (!app.count) return undefined
      return (await duringFault(app, 'read', (one) => one.get('/me'))).answer.status
    },
  },
  {
    title: 'the store cannot be written: the answer',
    good: 503,
    async run(app) {
      if (!app.count) return undefined
      return (await duringFault(app, 'write', (one) => one.post('/put/a'))).answer.status
    },
  },
  {
    title: 'garbage in the cookie: the worst answer',
    good: 200,
    async run(app) {
      const browser = await signedIn(app)
      const answers = garbage(browser.cookie).map((cookie) =>
        fetch(`${app.url}/me`, { headers: { cookie } }),
      )
      return Math.max(...(await Promise.all(answers)).map(({ status }) => status))
    },
  },
]

/** True or false if all timings agree, otherwise in how many of them it was true. */
async function everyTiming(run) {
  let count = 0
  for (const place of timings) if (await run(place)) count += 1
  return count === 0 ? false : count === timings.length || `${count} of ${timings.length}`
}

/** A browser with a session but without a user, because a request put data into it. */
async function visitor(app) {
  const browser = new Browser(app.url)
  await browser.get('/me')
  await expectOk(browser.post('/put/a'))
  return browser
}

async function signedIn(app) {
  const browser = new Browser(app.url)
  await browser.get('/me')
  await expectOk(browser.post('/sign-in'))
  const { userId } = await browser.json('/me')
  if (userId !== 'ada') throw new Error('the sign-in did not work')
  return browser
}

/** A request that waits in the middle of its handler until it is released. */
async function held(app, browser, path, place) {
  const gate = app.world.gate(place)
  const answer = browser[path === '/slow' ? 'get' : 'post'](`${path}/${gate.name}`)
  const early = answer.then(({ status }) => {
    throw new Error(`${path} responded with ${status} before its gate`)
  })
  await Promise.race([gate.reached, early])
  early.catch(() => {}) // From here on the response is expected.
  const release = async () => {
    gate.open()
    return answer
  }
  return { release }
}

/** Whether none of the browser's former cookies opens the session after the slow request has ended. */
async function staysOut(app, path, place) {
  const browser = await signedIn(app)
  const slow = await held(app, browser, path, place)
  await expectOk(browser.post('/sign-out'))
  await slow.release()
  return !(await opensAny(app, browser.held))
}

/** Whether the browser is still signed in after the slow request has ended. */
async function staysIn(app, path, place) {
  const browser = await visitor(app)
  const slow = await held(app, browser, path, place)
  await expectOk(browser.post('/sign-in'))
  await slow.release()
  return (await browser.json('/me')).userId === 'ada'
}

async function opensAny(app, cookies) {
  for (const cookie of cookies) {
    const response = await fetch(`${app.url}/me`, { headers: { cookie } })
    if (response.ok && (await response.json()).userId !== null) return true
  }
  return false
}

async function duringFault(app, verb, ask) {
  const browser = await signedIn(app)
  app.world.fails[verb] = true
  const answer = await ask(browser)
  app.world.fails[verb] = false
  return { browser, answer }
}

async function leavesOldCookies(app, path) {
  const browser = await visitor(app)
  const before = [...browser.held]
  await expectOk(browser.post(path))
  if ((await browser.json('/me')).userId !== 'ada') throw new Error('the sign-in did not work')
  return !(await opensAny(app, before))
}

/** Cookies that no server issued, derived from issued ones. */
function garbage(cookie) {
  const made = ['', 'x', '%', '%E0%A4%A', '{}', '"', 's:x', 'a.b', 'a.b.c.d.e', 'x'.repeat(4_000)]
  const inTheMiddle = (value) => Math.floor(value.length / 2)
  const changes = [
    ...made.map((value) => () => value),
    (value) => value.slice(0, inTheMiddle(value)),
    (value) => `${value}${value}`,
    (value) => `${value.slice(0, inTheMiddle(value))}~${value.slice(inTheMiddle(value) + 1)}`,
  ]
  const pairs = cookie.split('; ').map((pair) => /^([^=]+)=(.*)$/.exec(pair))
  return changes.map((change) =>
    pairs.map(([, name, value]) => `${name}=${change(value)}`).join('; '),
  )
}

async function expectOk(asked) {
  const { ok, status } = await asked
  if (!ok) throw new Error(`the app answered with ${status}`)
}
