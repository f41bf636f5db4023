// Runs the server and the load on separate cores, if the system has `taskset` and more than one core. Then the
// load does not slow the server down, and no process moves from core to core.

import { spawnSync } from 'node:child_process'
import { constants, setPriority } from 'node:os'

/** Returns the cores of a list in the format of `taskset`. */
export function coresOf(list) {
  return list.split(',').flatMap((part) => {
    const [first, last = first] = part.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, index) => first + index)
  })
}

/** Makes other programs interrupt a process less often, if the user has the permission. */
function hurry(pid) {
  try {
    setPriority(pid, constants.priority.PRIORITY_HIGHEST)
  } catch {
    // Without the permission, other programs interrupt the process. The figures are CPU time, which does not
    // include these interruptions.
  }
}

/**
 * Moves this process to one core, and returns how to start a server on another core.
 *
 * @returns `onItsOwn(command, args)`, which returns the command and the arguments to start instead, and
 * `pinned`, a sentence for the reader
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
