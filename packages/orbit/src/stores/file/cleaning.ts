import { basename, join } from 'node:path'
import { ageOf, discard, discardFolder, namesIn, renameFile } from './disk.ts'
import { clear, type Look, look, relabel, unlabel } from './folder.ts'
import type { NamedLabel } from './label.ts'
import type { Layout } from './layout.ts'
import type { Entry, Owners } from './owners.ts'

/** Younger leftovers may be of somebody who is at work: removing them is safe, but costs a try. */
const youth = 60_000

/** Ends sessions, and removes what nobody needs any more. */
export interface Cleaning {
  /** Ends the session that was seen, with its entry. Says whether it was still as it was seen. */
  end(folder: string, seen: Look): Promise<boolean>
  /** Ends the record that the entry was written for, whatever became of it, and says what it was. */
  endOf(entry: Pick<Entry, 'home' | 'ref'>): Promise<NamedLabel | undefined>
  /** A session's folder: ends it if it has expired, and removes what killed writers left. */
  session(folder: string): Promise<void>
  /** An owner's folder: removes entries that have no record. */
  owner(folder: string): Promise<void>
  /** A folder that somebody prepared and never placed. */
  prepared(folder: string): Promise<void>
}

export function cleaningOf(layout: Layout, owners: Owners, now: () => number): Cleaning {
  async function end(folder: string, seen: Look): Promise<boolean> {
    if (!(await unlabel(folder, seen, layout.isSynced))) return false
    const entry = seen.label?.entry
    // The session has ended; its entry can go later.
    if (entry !== undefined) await owners.remove(basename(folder), entry).catch(() => {})
    return true
  }

  async function lookAt(folder: string): Promise<Look> {
    if (await layout.hasShardOf(folder)) return look(folder)
    return { label: undefined, others: [] }
  }

  async function removeOrphan(entry: Entry): Promise<void> {
    const folder = layout.folderOf('records', entry.home)
    const hasRecord = async () => (await lookAt(folder)).label?.entry === entry.ref
    if ((await hasRecord()) || (await owners.ageOf(entry)) < youth) return
    if (entry.isDead) return owners.bury(entry)
    // Its record may come this very moment. Then it finds its entry dead, or the entry revives.
    if (!(await owners.kill(entry))) return
    if (await hasRecord()) await owners.revive(entry)
    else await owners.bury(entry)
  }

  return {
    end,
    async endOf({ home, ref }) {
      const folder = layout.folderOf('records', home)
      for (;;) {
        const seen = await lookAt(folder)
        if (seen.label?.entry !== ref) return undefined
        if (await end(folder, seen)) return seen.label
      }
    },
    async session(folder) {
      const seen = await look(folder)
      const { label, others } = seen
      if (!label) return clear(folder, others)
      if (now() >= label.expiresAt) {
        await end(folder, seen)
        return
      }
      const left = others.filter((name) => name !== label.data).map((name) => join(folder, name))
      const ages = await Promise.all(left.map(ageOf))
      if (!ages.some((age = 0) => age >= youth)) return
      // So that no writer can name one of them any more.
      if (await relabel(folder, label, label)) await discard(...left)
    },
    async owner(folder) {
      const entries = await owners.within(basename(folder))
      for (const entry of entries) await removeOrphan(entry)
      if (entries.length === 0) await discardFolder(folder)
    },
    async prepared(folder) {
      const age = await ageOf(folder)
      if (age === undefined || age < youth) return
      // So that whoever prepared it cannot place it any more.
      const swept = folder.endsWith('_swept') ? folder : `${folder}_swept`
      if (swept !== folder && !(await renameFile(folder, swept))) return
      await clear(swept, (await namesIn(swept)) ?? [])
    },
  }
}
