import { join } from 'node:path'
import {
  discard,
  discardFolder,
  namesIn,
  readText,
  removeFile,
  renameFile,
  syncFolder,
} from './disk.ts'
import { type Label, labelOf, type NamedLabel, nameOf } from './label.ts'

// How several processes keep out of each other's way, without a lock
// ------------------------------------------------------------------
// A session is a folder with two files: one with the record, and an empty one, the label, whose name
// says which file that is, and its version, times and owner's entry. Every label has a name that was
// never used before, for it ends in 64 random bits. A session lives as long as its folder has a
// label. There are four ways to change that, each one system call that happens or does not:
//
//  begin    A folder is prepared elsewhere, whole, and moved into place. The system refuses that
//           where a folder is that is not empty: of several, one comes first.
//  change   The new record is written to a file of its own, and the label is renamed. Renaming needs
//  touch    the old name: of all who know it one succeeds, and the others find it gone and look
//           again. So whoever succeeds knows that nothing has happened since it looked.
//  end      The label is removed, by its name too.
//
// Nobody holds anything, so nothing has to be taken from a process that was killed or stopped: it
// leaves a session before or after one of these calls, never between. Neither process ids nor clocks
// are asked, which other containers on the same volume may have of their own.
//
// What a killed process may leave is files that no label names. When may they be removed? Each is
// written by an attempt that knows one label and either renames that very label or gives up. So
// whoever has renamed or removed a label may remove all other files that it saw there before: their
// attempts know that label or an older one, none of which can be renamed any more. The one exception
// is the file that its own new label names. The sweep, which has nothing to change, renames the
// label for this alone.
//
// A reader looks for the label, then opens the file. If that has gone, the label has changed too,
// and it looks again: somebody else got on, so this does not go on for ever.

/** What is in a session's folder. */
export interface Look {
  readonly label: NamedLabel | undefined
  /** All other files. */
  readonly others: readonly string[]
}

const nothing: Look = { label: undefined, others: [] }

export async function look(folder: string): Promise<Look> {
  let before: string | undefined
  for (;;) {
    const names = await namesIn(folder)
    if (!names || names.length === 0) return nothing
    const labels = names.flatMap((name) => labelOf(name) ?? [])
    const [label] = labels
    if (label && labels.length === 1) {
      return { label, others: names.filter((name) => name !== label.name) }
    }
    // Left by an end, or read on a system that lists a renamed file twice or not at all: then it
    // reads differently the next time.
    const listing = names.sort().join('/')
    if (listing === before) return { label: undefined, others: names }
    before = listing
  }
}

/** Puts another label in the place of the one that was seen. Says whether that was still there. */
export async function relabel(folder: string, seen: NamedLabel, next: Label): Promise<boolean> {
  return renameFile(join(folder, seen.name), join(folder, nameOf(next)))
}

/** Ends the session by removing the label that was seen. Says whether that was still there. */
export async function unlabel(
  folder: string,
  { label, others }: Look,
  isSynced: boolean,
): Promise<boolean> {
  if (!label || !(await removeFile(join(folder, label.name)))) return false
  if (isSynced) await syncFolder(folder)
  await clear(folder, others)
  return true
}

/** Removes files of a session that has changed or ended, and the folder if it is empty then. */
export async function clear(folder: string, files: readonly string[]): Promise<void> {
  await discard(...files.map((file) => join(folder, file)))
  await discardFolder(folder)
}

/** The text that the label names, with the label; nothing if there is none, or it is lost. */
export async function readLabelled(
  folder: string,
  isWanted: (label: Label) => boolean,
): Promise<{ text: string; label: NamedLabel } | undefined> {
  let before: string | undefined
  for (;;) {
    const { label } = await look(folder)
    if (!label || !isWanted(label)) return undefined
    const text = await readText(join(folder, label.data))
    if (text !== undefined) return { text, label }
    // The same label without its file: a power loss, or somebody's hand.
    if (label.name === before) return undefined
    before = label.name
  }
}
