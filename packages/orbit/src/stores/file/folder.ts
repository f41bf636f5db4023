import { hash, randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import {
  type FileHandle,
  lstat,
  mkdir,
  open,
  readdir,
  rename,
  rmdir,
  unlink,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { newerFormatError } from '../../stored-errors.ts'
import { codeOf } from '../../thrown.ts'

// How several processes share the records without a lock
//
// A record is a folder with two files. One has the data. The other one is empty and is called the header. The name of
// the header contains the name of the data file, the version, and the expiry of the record. No header has a name that
// was used before, because the name includes 64 random bits. A record exists as long as its folder has a header. Three
// operations change that. Each is one system call, which either happens or does not:
//
//  create   The whole folder is prepared under another name and then renamed. The system refuses that if the
//           new name is a folder that is not empty. So only the first of several processes succeeds.
//  replace  The new data is written to a separate file, and the header is renamed. That requires the old name.
//           Of all processes that know the old name, one succeeds. The others do not find it and look again. So the
//           process that succeeds knows that nothing has changed since it looked.
//  remove   The header is removed, also by its name.
//
// So a killed or stopped process holds nothing that other processes wait for. It leaves a record as it was before or
// after one of these calls, never in between. Process ids and clocks do not matter.
//
// A killed process may leave files that no header names. Each writer of such a file knows one header. It either
// renames that header or gives up. So a process that has renamed or removed a header may remove all other files
// that it saw next to the header before: their writers know that header or an older one, and none of these can be
// renamed any more. Until then, the files stay.
//
// A reader looks for the header, then opens the data. If the data is gone, the header has changed too, and the
// reader looks again. Each time, another process has made progress, so this does not go on forever.

/** The state of a record, as the name of an empty file. */
export interface Header {
  readonly name: string
  /** The name of the file with the data. */
  readonly data: string
  readonly versionDigest: string
  readonly expiresAt: number
}

/** The content of a record's folder. */
export type Look = { readonly header?: Header; readonly others: readonly string[] }

/** Raise this number when the format of the header changes. An older release then refuses to change the record. */
const format = 1
const pattern = /^header(\d+)_(?:([\da-f]{16})_([\da-f]{64})_(\d+|Infinity)$)?/
const isWindows = process.platform === 'win32'
const occupied = isWindows ? ['EPERM', 'EACCES', 'EEXIST'] : ['ENOTEMPTY', 'EEXIST']

function headerOf(name: string): Header | undefined {
  const [, written, token, versionDigest, expiresAt] = pattern.exec(name) ?? []
  if (Number(written) > format) throw newerFormatError(Number(written), format)
  if (versionDigest === undefined) return undefined
  return { name, data: `data_${token}`, versionDigest, expiresAt: Number(expiresAt) }
}

/** A header for one attempt to write. Each attempt has a separate header, even within the same write. */
export function newHeader(version: string, expiresAt = Number.POSITIVE_INFINITY): Header {
  const [token, versionDigest] = [newToken(), digestOf(version)]
  const name = `header${format}_${token}_${versionDigest}_${expiresAt}`
  return { name, data: `data_${token}`, versionDigest, expiresAt }
}

/** 64 random bits, so the same name never occurs twice. */
export const newToken = (): string => randomBytes(8).toString('hex')

/** A name that is safe on every file system, even if it ignores case. */
export const digestOf = (text: string): string => hash('sha256', text, 'hex')

/** Does not follow a link. */
export async function look(folder: string): Promise<Look> {
  let before: string | undefined
  for (let repeated = 1; ; ) {
    const found = await unless(() => Promise.all([readdir(folder), lstat(folder)]), 'ENOENT')
    if (!found) return { others: [] }
    const [names, stats] = found
    if (!stats.isDirectory()) throw new Error(`${folder} must be a folder, but is not.`)
    const headers = names.flatMap((name) => headerOf(name) ?? [])
    const [header] = headers
    if (header && headers.length === 1) {
      return { header, others: names.filter((name) => name !== header.name) }
    }
    // Some systems list names one by one. They may show a header twice, or not at all, while it is renamed.
    // After three equal listings, the other files may still be removed: if a header was renamed during each
    // listing, the data of the last one was started after the first listing.
    const listing = names.sort().join('/')
    repeated = listing === before ? repeated + 1 : 1
    if (repeated === 3) return { others: names }
    before = listing
  }
}

/** The data that the header names. There is no text if the data file is lost. `undefined` without a header. */
export async function read(folder: string, lookAt: (folder: string) => Promise<Look>) {
  for (let before: string | undefined; ; ) {
    const { header } = await lookAt(folder)
    if (!header) return undefined
    const path = join(folder, header.data)
    const load = () => withFile(path, constants.O_RDONLY, (file) => file.readFile('utf8'))
    const text = await unless(load, 'ENOENT')
    // The same header without its data file: after a power loss, or because the file was removed by hand.
    if (text !== undefined || header.name === before) return { text }
    before = header.name
  }
}

/** Returns whether the record was still unchanged. Fails with `ENOENT` if a folder is missing. */
export async function change(
  folder: string,
  { header, others }: Look,
  next: Header | undefined,
  text: string,
  isSynced: boolean,
): Promise<boolean> {
  if (!header) return next ? create(folder, next, text, isSynced) : true
  const path = join(folder, header.name)
  const act = () => (next ? rename(path, join(folder, next.name)) : unlink(path)).then(done)
  let [isDone, left] = [false, next ? [next.data] : []]
  try {
    if (next) await writeNew(join(folder, next.data), text, isSynced)
    isDone = (await unless(act, 'ENOENT')) ?? false
    if (isDone) left = [...others]
    if (isDone && isSynced) await syncFolder(folder)
  } finally {
    await clear(folder, left, isDone && next !== undefined).catch(() => {})
  }
  return isDone
}

async function create(folder: string, next: Header, text: string, isSynced: boolean) {
  const prepared = join(dirname(folder), `new_${newToken()}`)
  let isPlaced = false
  try {
    await mkdir(prepared, 0o700)
    await writeNew(join(prepared, next.data), text, isSynced)
    await writeNew(join(prepared, next.name), '', isSynced)
    if (isSynced) await syncFolder(prepared)
    isPlaced = (await unless(() => rename(prepared, folder).then(done), ...occupied)) ?? false
    if (isPlaced && isSynced) await syncFolder(dirname(folder))
  } finally {
    if (!isPlaced) await clear(prepared, [next.data, next.name]).catch(() => {})
  }
  if (isPlaced) return true
  const { header, others } = await look(folder)
  if (!header) await clear(folder, others)
  return false
}

/** Removes files, then the folder if it is empty, unless it must be kept. */
export async function clear(folder: string, files: readonly string[], isKept = false) {
  await Promise.all(files.map((file) => unless(() => unlink(join(folder, file)), 'ENOENT')))
  if (!isKept) await rmdir(folder).catch(() => {})
}

const done = () => true

/** Returns the result of the action, or `undefined` if it fails with one of the codes. */
export async function unless<T>(action: () => Promise<T>, ...codes: string[]) {
  for (let wait = 1; ; wait *= 2) {
    try {
      return await action()
    } catch (error) {
      const code = codeOf(error) ?? ''
      if (codes.includes(code)) return undefined
      // On Windows a file is busy while another program, for example a virus scanner, has it open.
      if (!isWindows || wait > 100 || !['EPERM', 'EACCES', 'EBUSY'].includes(code)) throw error
      await after(wait)
    }
  }
}

/** Does not follow a link. Windows has no such flag, but creating links needs a privilege there. */
async function withFile<T>(path: string, flags: number, use: (file: FileHandle) => Promise<T>) {
  const file = await open(path, flags | (constants.O_NOFOLLOW ?? 0), 0o600)
  return use(file).finally(() => file.close())
}

async function writeNew(path: string, text: string, isSynced: boolean): Promise<void> {
  await withFile(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, async (file) => {
    if (text !== '') await file.writeFile(text)
    if (isSynced) await file.sync()
  })
}

/** Writes the names in the folder to the disk. */
export async function syncFolder(path: string): Promise<void> {
  const sync = () => withFile(path, constants.O_RDONLY, (file) => file.sync())
  if (!isWindows) await unless(sync, 'ENOENT')
}
