// Server and load on cores of their own, where the system has `taskset` and more than one core: then
// the load does not push the server aside, and neither moves from core to core.

import { spawnSync } from 'node:child_process'
import { constants, setPriority } from 'node:os'

/** The cores of a list as `taskset` prints and takes it. */
export function coresOf(list) {
  return list.split(',').flatMap((part) => {
    const [first, last = first] = part.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, index) => first + index)
  })
}

/** Lets other programs interrupt a process less often, where the user may ask for that. */
function hurry(pid) {
  try {
    setPriority(pid, constants.priority.PRIORITY_HIGHEST)
  } catch {
    // Then they interrupt it. The figures are CPU time, in which the interruptions do not count.
  }
}

/**
 * Puts this process on a core of its own, and says how to start a server on another.
 *
 * @returns `onItsOwn(command, args)`, which are the command and the arguments to start instead, and in
 * `pinned` a sentence for the reader
 */
export function shareCores() {
  hurry(0)
  const shown = spawnSync('taskset', ['-cp', String(process.pid)], { encoding: 'utf8' })
  const cores = shown.status === 0 ? coresOf(shown.stdout.split(':').at(-1).trim()) : []
  if (cores.length < 2) {
    return {
      pinned: 'server and load share the cores',
      onItsOwn: (command, args) => [command, args],
    }
  }
  const [server, load] = cores
  spawnSync('taskset', ['-acp', String(load), String(process.pid)])
  return {
    pinned: `server on core ${server}, load on core ${load}`,
    onItsOwn: (command, args) => ['taskset', ['-c', String(server), command, ...args]],
  }
}
