import { join } from 'node:path'
import { namesIn, newName, renameFile } from './disk.ts'
import type { Layout } from './layout.ts'

/** What processes that share the sessions take by turns. */
export interface Turn {
  /** Takes the turn for so many milliseconds. Says whether it could. */
  take(forMs: number): Promise<boolean>
  /** Says until when the turn, if it is still ours, stays taken. Says whether it is. */
  keep(forMs: number): Promise<boolean>
}

/** Whoever has the turn for longer than this lives on another clock. */
const longest = 86_400_000

/**
 * The turn is an empty file whose name says until when it is taken. Taking it is renaming it, which
 * of several processes one can do. A process that was killed leaves a time that passes.
 *
 * A process that was stopped while it had the turn may do one more step beside the next one. So the
 * turn saves work; what is done under it must be right without it.
 */
export function turnIn(layout: Layout): Turn {
  const folder = layout.at('turn')
  let mine: string | undefined

  async function rename(from: string, forMs: number): Promise<boolean> {
    const next = nameFor(forMs)
    const isMine = await renameFile(join(folder, from), join(folder, next))
    mine = isMine ? next : undefined
    return isMine
  }

  return {
    async take(forMs) {
      const names = await layout.standing(() => namesIn(folder))
      const name = names?.find((one) => one.startsWith('until_'))
      if (name !== undefined) {
        const left = Number(name.split('_')[1]) - Date.now()
        return left > 0 && left < longest ? false : rename(name, forMs)
      }
      const first = nameFor(forMs)
      const prepared = await layout.prepare({ [first]: '' })
      const isMine = await layout.place(prepared, folder)
      if (isMine) mine = first
      else await layout.drop(prepared, [first])
      return isMine
    },
    async keep(forMs) {
      return mine !== undefined && rename(mine, forMs)
    },
  }
}

function nameFor(forMs: number): string {
  return `until_${Date.now() + forMs}_${newName()}`
}
