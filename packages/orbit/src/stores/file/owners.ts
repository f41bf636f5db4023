import { dirname, join } from 'node:path'
import { codeOf } from '../../thrown.ts'
import {
  ageOf,
  discardFolder,
  makeFolder,
  namesIn,
  newName,
  removeFile,
  renameFile,
  syncFolder,
  writeNew,
} from './disk.ts'
import { digestOf } from './label.ts'
import type { Layout } from './layout.ts'

// The index of owners: per owner a folder, per session an empty file in it, the entry. Its name says
// which session: the name of that one's folder, and an id of the entry's own, which the session's
// label repeats. So what is removed here is never the entry of a later session under the same key.
//
// An entry is there before its record and checked after it. Who ends an owner's sessions renames the
// entry (it is dead then), ends the record, and removes the entry, in this order. So a record that
// came too late for that finds its entry dead or gone, and a process that is killed in between
// leaves an entry for every record that lives.

/** One entry of the index. */
export interface Entry {
  /** The name of the session's folder. */
  readonly home: string
  /** What the session's label calls the entry. */
  readonly ref: string
  readonly isDead: boolean
}

export interface Owners {
  /** Writes an entry, before its record. Gives what the label must call it. */
  add(owner: string, home: string): Promise<string>
  isAlive(home: string, ref: string): Promise<boolean>
  /** Marks the entry dead. Says whether it was alive. */
  kill(entry: Entry): Promise<boolean>
  /** Takes a `kill` of one's own back. */
  revive(entry: Entry): Promise<void>
  /** Removes the entry if it is dead. */
  bury(entry: Entry): Promise<void>
  /** Removes the entry of a record that has ended or was never there, and never will be again. */
  remove(home: string, ref: string): Promise<void>
  /** All entries of the owner, dead ones too. */
  of(owner: string): Promise<readonly Entry[]>
  /** The same, by the name of the owner's folder. */
  within(ownerName: string): Promise<readonly Entry[]>
  /** Milliseconds since the entry was written. */
  ageOf(entry: Entry): Promise<number>
}

const pattern = /^([\da-f]{64})_([\da-f]{16})(_dead)?$/
const lengthOfOwner = 32

export function ownersIn(layout: Layout): Owners {
  const folderOf = (ref: string) => layout.folderOf('owners', ref.slice(0, lengthOfOwner))
  const pathsOf = (home: string, ref: string) => {
    const alive = join(folderOf(ref), `${home}_${ref.slice(lengthOfOwner + 1)}`)
    return { alive, dead: `${alive}_dead` }
  }

  async function within(ownerName: string): Promise<readonly Entry[]> {
    const folder = layout.folderOf('owners', ownerName)
    if (!(await layout.hasShardOf(folder))) return []
    return ((await namesIn(folder)) ?? []).flatMap((name) => {
      const [, home, id, dead] = pattern.exec(name) ?? []
      if (home === undefined || id === undefined) return []
      return { home, ref: `${ownerName}-${id}`, isDead: dead !== undefined }
    })
  }

  return {
    async add(owner, home) {
      const ref = `${digestOf(owner, lengthOfOwner)}-${newName()}`
      const folder = folderOf(ref)
      await layout.standing(async () => {
        await layout.makeShardOf(folder)
        for (;;) {
          await makeFolder(folder)
          if (await write(pathsOf(home, ref).alive)) break
        }
        if (!layout.isSynced) return
        await syncFolder(folder)
        await syncFolder(dirname(folder))
      })
      return ref
    },
    async isAlive(home, ref) {
      return (await ageOf(pathsOf(home, ref).alive)) !== undefined
    },
    async kill({ home, ref }) {
      const { alive, dead } = pathsOf(home, ref)
      return renameFile(alive, dead)
    },
    async revive({ home, ref }) {
      const { alive, dead } = pathsOf(home, ref)
      await renameFile(dead, alive)
    },
    async bury({ home, ref }) {
      await removeFile(pathsOf(home, ref).dead)
      await discardFolder(folderOf(ref))
    },
    async remove(home, ref) {
      const { alive, dead } = pathsOf(home, ref)
      await removeFile(alive)
      await removeFile(dead)
      await discardFolder(folderOf(ref))
    },
    of: (owner) => within(digestOf(owner, lengthOfOwner)),
    within,
    async ageOf({ home, ref, isDead }) {
      const { alive, dead } = pathsOf(home, ref)
      return (await ageOf(isDead ? dead : alive)) ?? 0
    },
  }
}

/** Whether the entry could be written: not if somebody has just removed the owner's empty folder. */
async function write(path: string): Promise<boolean> {
  try {
    await writeNew(path, '', false)
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}
