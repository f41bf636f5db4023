// The scenarios for each library. A scenario gets a newly started app and sends requests to it over HTTP.
// It returns its result: true, false or a number, or undefined if the library does not have the feature.
// `good` is the result that Orbit promises.

import { Browser } from './browser.mjs'

/** When a handler does other work: before it changes the session, and after it. */
const timings = ['first', 'last']

export const scenarios = [
  {
    title: 'two overlapping requests: both writes are stored',
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
    title: '100 overlapping increments: number that count',
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
    title: 'sign-out: a copied cookie stops working',
    good: true,
    async run(app) {
      const browser = await signedIn(app)
      await expectOk(browser.post('/sign-out'))
      return !(await opensAny(app, browser.held))
    },
  },
  {
    title: 'sign-out during a slow write: stays signed out',
    good: true,
    run: (app) => everyTiming((place) => staysOut(app, '/put/a', place)),
  },
  {
    title: 'sign-out during a slow read: stays signed out',
    good: true,
    run: (app) => staysOut(app, '/slow', 'first'),
  },
  {
    title: 'sign-in during a slow write: stays signed in',
    good: true,
    run: (app) => everyTiming((place) => staysIn(app, '/put/b', place)),
  },
  {
    title: 'sign-in during a slow read: stays signed in',
    good: true,
    run: (app) => staysIn(app, '/slow', 'first'),
  },
  {
    title: 'sign-in: an older cookie is not signed in',
    good: true,
    run: (app) => leavesOldCookies(app, '/sign-in'),
  },
  {
    title: '  also if the handler only stores the user id',
    good: true,
    run: (app) => leavesOldCookies(app, '/sign-in/plain'),
  },
  {
    title: '100 requests without a cookie: stored records',
    good: 0,
    async run(app) {
      if (!app.count) return undefined
      for (let visit = 0; visit < 100; visit += 1) await new Browser(app.url).json('/me')
      return app.count()
    },
  },
  {
    title: 'the store cannot be read: still signed in afterwards',
    good: true,
    async run(app) {
      if (!app.count) return undefined
      const { browser, answer } = await duringFault(app, 'read', (one) => one.get('/me'))
      const tookForVisitor = answer.ok && (await answer.json()).userId === null
      return !tookForVisitor && (await browser.json('/me')).userId === 'ada'
    },
  },
  {
    title: '  status of the response in the meantime',
    good: 503,
    async run(app) {
      if (!app.count) return undefined
      return (await duringFault(app, 'read', (one) => one.get('/me'))).answer.status
    },
  },
  {
    title: 'the store cannot be written: status of the response',
    good: 503,
    async run(app) {
      if (!app.count) return undefined
      return (await duringFault(app, 'write', (one) => one.post('/put/a'))).answer.status
    },
  },
  {
    title: 'invalid cookies: highest status of the responses',
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

/** Returns true or false if the result is the same for all timings. Otherwise returns for how many it was true. */
async function everyTiming(run) {
  let count = 0
  for (const place of timings) if (await run(place)) count += 1
  return count === 0 ? false : count === timings.length || `${count} of ${timings.length}`
}

/** Returns a browser that has a session without a user, because a request has stored data in it. */
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

/** Sends a request that waits in the middle of its handler until it is released. */
async function held(app, browser, path, place) {
  const gate = app.world.gate(place)
  const answer = browser[path === '/slow' ? 'get' : 'post'](`${path}/${gate.name}`)
  const early = answer.then(({ status }) => {
    throw new Error(`${path} responded with ${status} before its gate`)
  })
  await Promise.race([gate.reached, early])
  early.catch(() => {}) // From now on, the response is expected.
  const release = async () => {
    gate.open()
    return answer
  }
  return { release }
}

/** Returns true if, after the slow request has ended, none of the browser's earlier cookies opens the session. */
async function staysOut(app, path, place) {
  const browser = await signedIn(app)
  const slow = await held(app, browser, path, place)
  await expectOk(browser.post('/sign-out'))
  await slow.release()
  return !(await opensAny(app, browser.held))
}

/** Returns whether the browser is still signed in after the slow request has ended. */
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

/** Returns invalid cookies, which are changed copies of issued cookies. */
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
  if (!ok) throw new Error(`the app responded with ${status}`)
}
