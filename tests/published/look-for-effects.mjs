// Imports every module that it is given and says what has changed by that. Started by
// side-effects.test.ts, in a process of its own.

import { pathToFileURL } from 'node:url'

const builtIn = [Object, Array, Function, Promise, String, Date, Map, Set, Error, Request, Response]
const prototypes = builtIn.flatMap((made) => [made, made.prototype])
const shared = [globalThis, process, process.env, ...prototypes]

/** Every property of what all modules share, and how many listen to the process. */
function snapshot() {
  const seen = new Map()
  for (const [at, object] of shared.entries()) {
    for (const key of Reflect.ownKeys(object)) {
      const { value, get, set } = Reflect.getOwnPropertyDescriptor(object, key) ?? {}
      seen.set(`${at} ${String(key)}`, [value, get, set])
    }
  }
  for (const event of process.eventNames()) {
    seen.set(`listeners ${String(event)}`, [process.listenerCount(event)])
  }
  return seen
}

/** Node makes many of its globals when they are first read: all of them are read before. */
function settle() {
  for (const object of [globalThis, process]) {
    for (const key of Reflect.ownKeys(object)) Reflect.get(object, key)
  }
}

function differences(before, after) {
  const names = new Set([...before.keys(), ...after.keys()])
  return [...names].filter((name) => {
    const [one, other] = [before.get(name), after.get(name)]
    return !one || !other || one.some((value, at) => !Object.is(value, other[at]))
  })
}

/** What would keep the process alive; a file being closed is the module loader's. */
function running() {
  return process.getActiveResourcesInfo().filter((kind) => kind !== 'CloseReq')
}

settle()
const [before, ranBefore] = [snapshot(), running()]
for (const file of process.argv.slice(2)) await import(pathToFileURL(file).href)
const changed = differences(before, snapshot())
const started = running()
for (const kind of ranBefore) started.splice(started.indexOf(kind), 1)

console.log(JSON.stringify({ changed, started }))
