// Imports every module in its arguments and prints which globals have changed. side-effects.test.ts
// starts it in a separate process.

import { pathToFileURL } from 'node:url'

const builtIn = [Object, Array, Function, Promise, String, Date, Map, Set, Error, Request, Response]
const prototypes = builtIn.flatMap((made) => [made, made.prototype])
const shared = [globalThis, process, process.env, ...prototypes]

/** Every property of the objects that all modules share, and the number of listeners on the process. */
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

/** Node creates many of its globals when they are first read, so this reads all of them before. */
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

/** What would keep the process alive. A file that is being closed belongs to the module loader. */
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
