// The content of a server's CPU profile: pure functions of the file that `--cpu-prof` writes.

/** The owner of a function, by its file. */
function ownerOf({ functionName, url }) {
  if (url.includes('/packages/orbit/')) return 'orbit'
  if (url.includes('/node_modules/hono/') || url.includes('/@hono/')) return 'Hono'
  if (url.includes('/bench/')) return 'the app'
  if (functionName === '(garbage collector)') return 'garbage collector'
  return 'Node'
}

/** The microseconds of each function, without the functions that it calls and without idle time. */
function selfTimes({ nodes, samples, timeDeltas }) {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]))
  const times = new Map(nodes.map(({ callFrame }) => [callFrame, 0]))
  for (const [index, id] of samples.entries()) {
    const frame = frames.get(id)
    times.set(frame, times.get(frame) + timeDeltas[index])
  }
  return [...times].filter(([{ functionName }]) => functionName !== '(idle)')
}

/** Microseconds in all. */
export function usedBy(profile) {
  return selfTimes(profile).reduce((sum, [, time]) => sum + time, 0)
}

/** The same by owner. */
export function partsOf(profile) {
  const parts = { orbit: 0, 'the app': 0, Hono: 0, Node: 0, 'garbage collector': 0 }
  for (const [frame, time] of selfTimes(profile)) parts[ownerOf(frame)] += time
  return parts
}

/** Names of functions and their microseconds, the largest first. */
export function functionsOf(profile) {
  const times = new Map()
  for (const [{ functionName, url, lineNumber }, time] of selfTimes(profile)) {
    const file = url.split('/').slice(-2).join('/')
    const name = `${functionName || '(anonymous)'} ${file && `${file}:${lineNumber + 1}`}`.trim()
    times.set(name, (times.get(name) ?? 0) + time)
  }
  return [...times].sort(([, a], [, b]) => b - a)
}
