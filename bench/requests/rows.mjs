// Defines the kinds of requests, the rows of the tables, and the goals.

const ok = '{"ok":true}'

/**
 * The kinds of requests. `people` says who sends the request. The response to a visitor has no user, but an app
 * without sessions always responds with Ada.
 */
export const kinds = {
  unused: {
    title: 'session not used',
    method: 'GET',
    path: '/unused',
    people: 'signedIn',
    body: ok,
  },
  read: {
    title: 'signed-in read',
    method: 'GET',
    path: '/me',
    people: 'signedIn',
    body: '{"userId":"ada"}',
  },
  write: { title: 'write', method: 'POST', path: '/increment', people: 'signedIn', body: ok },
  visitor: {
    title: 'visitor’s GET',
    method: 'GET',
    path: '/me',
    people: 'visitors',
    body: '{"userId":null}',
  },
  check: { title: 'checked POST', method: 'POST', path: '/check', people: 'signedIn', body: ok },
}

/** The goals: the lowest share of a bare app's speed, on each Node and on Bun. */
const goals = {
  memory: {
    unused: { node: 0.92, bun: 0.92 },
    read: { node: 0.74, bun: 0.65 },
    write: { node: 0.55, bun: 0.5 },
    visitor: { node: 0.65, bun: 0.65 },
    check: { node: 0.65, bun: 0.55 },
  },
  redis: {
    read: { node: 0.9, bun: 0.9 },
    write: { node: 0.85, bun: 0.85 },
  },
}

const lossy = 'no CSRF check, loses updates'

/** The rows. `app` is a file in `apps` and its export. `less` lists what Orbit does and this app does not. */
function peers() {
  return {
    hono: [
      {
        name: 'getCookie and a Map',
        app: 'map handWritten',
        less: 'no CSRF check, no signature, no expiry, no cookies for visitors',
      },
      {
        name: 'hono-sessions',
        app: 'hono-sessions honoSessions',
        less: 'no CSRF check, a record for every visitor',
      },
      {
        name: 'hono-sessions, no encryption',
        app: 'hono-sessions honoSessionsPlain',
        less: 'the same, and an id that is not signed',
      },
      { name: '@hono/session', app: 'hono-session honoSession', less: lossy },
      {
        name: 'iron-session',
        app: 'iron-session ironSession',
        less: `${lossy}, a copied cookie outlives the sign-out`,
      },
    ],
    fastify: [
      {
        name: '@fastify/session',
        app: 'fastify-session fastifySession',
        less: `${lossy}, a record for every visitor`,
      },
      { name: '@fastify/session, tuned', app: 'fastify-session fastifySessionTuned', less: lossy },
    ],
    express: [
      { name: 'express-session', app: 'express-session expressSession', less: lossy },
      {
        name: 'express-session, defaults',
        app: 'express-session expressSessionDefaults',
        less: `${lossy}, a record for every visitor`,
      },
    ],
  }
}

/** Returns the rows of Orbit. With `base`, the build of another checkout is an additional row. */
function ours(app, base) {
  const own = { name: 'orbit', app: `orbit ${app}`, isGoal: true, isChecked: true }
  return base ? [own, { ...own, name: 'orbit before', isGoal: false, build: base }] : [own]
}

/**
 * Returns the sections. Each section is a table with its kinds of requests and its groups. In a group, the rows
 * follow their bare app, and their share is relative to its speed.
 */
export function sectionsOf(base) {
  const { hono, fastify, express } = peers()
  return [
    {
      store: 'memory',
      title: 'On the memory store',
      kinds: Object.keys(kinds),
      goals: goals.memory,
      groups: [
        {
          bare: { name: 'Hono alone', app: 'bare bareHono' },
          others: [
            { name: 'a middleware that does nothing', app: 'bare doesNothing', isBare: true },
            { name: 'two headers set', app: 'bare headersOnly', isBare: true },
            {
              name: 'two headers and two cookies set',
              app: 'bare headersAndCookies',
              isBare: true,
            },
            {
              name: 'the same work by hand',
              app: 'by-hand byHand',
              isChecked: true,
              less: 'no second try after a conflict, no new id at a sign-in, no flash messages, no list of a user’s sessions, no options',
            },
            ...ours('orbit', base),
            { name: 'orbit, no CSRF check', app: 'orbit orbitWithoutCsrf', less: 'no CSRF check' },
            ...hono,
          ],
        },
        { bare: { name: 'Fastify alone', app: 'bare bareFastify' }, others: fastify },
        { bare: { name: 'Express alone', app: 'bare bareExpress' }, others: express },
      ],
    },
    {
      store: 'redis',
      title: 'On Redis',
      kinds: ['read', 'write'],
      goals: goals.redis,
      groups: [
        {
          bare: { name: 'Hono, GET, and a script for a write', app: 'redis bareOnRedis' },
          others: [
            { name: 'two headers set', app: 'redis headersOnRedis', isBare: true },
            ...ours('orbitOnRedis', base),
          ],
        },
      ],
    },
  ]
}
