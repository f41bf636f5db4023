// Reads the CPU profile of a server, which `--cpu-prof` writes. Pure functions.

/** Returns the owner of a function, by its file: for example Orbit, Hono or Node. */
function ownerOf({ functionName, url }) {
  if (url.includes('/packages/orbit/')) return 'orbit'
  if (url.includes('/node_modules/hono/') || url.includes('/@hono/')) return 'Hono'
  if (url.includes('/bench/')) return 'the app'
  if (functionName === '(garbage collector)') return 'garbage collector'
  return 'Node'
}

/** Returns the microseconds of each function, without the functions that it calls and without idle time. */
function selfTimes({ nodes, samples, timeDeltas }) {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]))
  const times = new Map(nodes.map(({ callFrame }) => [callFrame, 0]))
  for (const [index, id] of samples.entries()) {
    const frame = frames.get(id)
    times.set(frame, times.get(frame) + timeDeltas[index])
  }
  return [...times].filter(([{ functionName }]) => functionName !== '(idle)')
}

/** Returns the total in microseconds. */
export function usedBy(profile) {
  return selfTimes(profile).reduce((sum, [, time]) => sum + time, 0)
}

/** Returns the microseconds by owner. */
export function partsOf(profile) {
  const parts = { orbit: 0, 'the app': 0, Hono: 0, Node: 0, 'garbage collector': 0 }
  for (const [frame, time] of selfTimes(profile)) parts[ownerOf(frame)] += time
  return parts
}

/** Returns the names of functions and their microseconds, the largest first. */
export function functionsOf(profile) {
  const times = new Map()
  for (const [{ functionName, url, lineNumber }, time] of selfTimes(profile)) {
    const file = url.split('/').slice(-2).join('/')
    const name = `${functionName || '(anonymous)'} ${file && `${file}:${lineNumber + 1}`}`.trim()
    times.set(name, (times.get(name) ?? 0) + time)
  }
  return [...times].sort(([, a], [, b]) => b - a)
}
