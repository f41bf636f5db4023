import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { chmod, lstat, mkdir, open, readdir, rename, rmdir, unlink } from 'node:fs/promises'
import { setTimeout as after } from 'node:timers/promises'
import { codeOf } from '../../thrown.ts'

const isWindows = process.platform === 'win32'
/** Windows has no such flag, and needs a privilege to make links. */
const noFollow = constants.O_NOFOLLOW ?? 0
const reading = constants.O_RDONLY | noFollow
const writingNew = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | noFollow

/** What the promise brings, or nothing where it fails with one of the codes. */
async function unless<T>(promise: Promise<T>, ...codes: string[]): Promise<T | undefined> {
  try {
    return await promise
  } catch (error) {
    if (codes.includes(codeOf(error) ?? '')) return undefined
    throw error
  }
}

/** 64 random bits: a name that is never drawn twice. */
export function newName(): string {
  return randomBytes(8).toString('hex')
}

/** The names in the folder; nothing if there is no folder. Does not look through a link. */
export async function namesIn(folder: string): Promise<string[] | undefined> {
  const [names] = await Promise.all([unless(readdir(folder), 'ENOENT'), isFolder(folder)])
  return names
}

/** Whether there is one. Anything else in its place is not ours, and an error. */
export async function isFolder(path: string): Promise<boolean> {
  const stats = await unless(lstat(path), 'ENOENT')
  if (stats && !stats.isDirectory()) {
    throw new Error(
      `Among the sessions there is something that is no folder, but should be: ${path}`,
    )
  }
  return stats !== undefined
}

/** Milliseconds since the file was last written to; nothing if it has gone. */
export async function ageOf(path: string): Promise<number | undefined> {
  const stats = await unless(lstat(path), 'ENOENT')
  return stats && Date.now() - stats.mtimeMs
}

/** Makes a folder that is only ours, or makes the one that is there so. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, 0o700)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    await isFolder(path)
    const { mode } = await lstat(path)
    if (!isWindows && mode & 0o077) await chmod(path, 0o700)
  }
}

/** What the file holds; nothing if there is none. A link is an error. */
export async function readText(path: string): Promise<string | undefined> {
  const file = await unless(open(path, reading), 'ENOENT')
  if (!file) return undefined
  try {
    const chunks: Buffer[] = []
    // One read for nearly all sessions, without asking for the size first.
    for (let size = 8 * 1024; ; size = 1024 * 1024) {
      const chunk = Buffer.allocUnsafe(size)
      const { bytesRead } = await file.read(chunk, 0, size, null)
      chunks.push(chunk.subarray(0, bytesRead))
      if (bytesRead === 0 || (bytesRead < size && chunks.length === 1)) break
    }
    return Buffer.concat(chunks).toString('utf8')
  } finally {
    await file.close()
  }
}

/** Writes a file that was not there before; what could not be written whole is not left behind. */
export async function writeNew(path: string, text: string, isSynced: boolean): Promise<void> {
  const file = await open(path, writingNew, 0o600)
  try {
    try {
      if (text !== '') await file.writeFile(text)
      if (isSynced) await file.sync()
    } finally {
      await file.close()
    }
  } catch (error) {
    await discard(path)
    throw error
  }
}

/** Brings the names in the folder to the disk. */
export async function syncFolder(path: string): Promise<void> {
  if (isWindows) return
  const folder = await unless(open(path, constants.O_RDONLY), 'ENOENT')
  try {
    await folder?.sync()
  } finally {
    await folder?.close()
  }
}

/** Gives the file another name. Says whether it was there: of several that try, one is told yes. */
export async function renameFile(from: string, to: string): Promise<boolean> {
  const done = await unless(
    insisting(() => rename(from, to).then(() => true)),
    'ENOENT',
  )
  return done ?? false
}

/** Removes the file. Says whether it was there: of several that try, one is told yes. */
export async function removeFile(path: string): Promise<boolean> {
  const done = await unless(
    insisting(() => unlink(path).then(() => true)),
    'ENOENT',
  )
  return done ?? false
}

/** Moves a folder to where there is none, or an empty one. Says whether it could. */
export async function placeFolder(from: string, to: string): Promise<boolean> {
  const occupied = isWindows ? ['EPERM', 'EACCES', 'EEXIST'] : ['ENOTEMPTY', 'EEXIST']
  const done = await unless(
    insisting(() => rename(from, to).then(() => true)),
    ...occupied,
  )
  return done ?? false
}

/** Removes what nobody needs any more. What cannot be removed now is left to the sweep. */
export async function discard(...files: readonly string[]): Promise<void> {
  await Promise.all(files.map((file) => removeFile(file).catch(() => {})))
}

/** Removes the folder if it is empty. */
export async function discardFolder(folder: string): Promise<void> {
  await rmdir(folder).catch(() => {})
}

/** On Windows a file that somebody has open for a moment, a scanner perhaps, can be busy. */
async function insisting<T>(action: () => Promise<T>): Promise<T> {
  for (let wait = 1; isWindows && wait < 100; wait *= 2) {
    try {
      return await action()
    } catch (error) {
      if (!['EPERM', 'EACCES', 'EBUSY'].includes(codeOf(error) ?? '')) throw error
      await after(wait)
    }
  }
  return action()
}
