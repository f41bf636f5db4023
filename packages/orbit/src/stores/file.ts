import { chmod, lstat, mkdir, opendir, readdir, rename, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { clearTimeout, setTimeout } from 'node:timers'
import { setTimeout as after } from 'node:timers/promises'
import { SessionConfigError, SessionError } from '../errors.ts'
import { codeOf, isError } from '../thrown.ts'
import { decodeRecord, encodeRecord } from './envelope.ts'
import { checkedSection } from './factory-options.ts'
import * as folders from './file/folder.ts'
import type { CheckedStore, PrunableStore, SessionRecord, WalkableStore } from './store.ts'
import { unreadable } from './store.ts'

/** Options of the file driver. */
export interface FileStoreOptions {
  /** The folder, on a local disk, relative to the working directory. Default `storage/sessions`. */
  path?: string | undefined
  /**
   * Whether each write waits for the disk. Default `false`: nothing is lost if the process dies. If the machine
   * loses power, the writes of the last seconds may be lost: a user is signed out, a sign-out is undone, or a
   * session that was being written cannot be read.
   */
  fsync?: boolean | undefined
  /** Seconds between two sweeps of expired records. Default 600: 10 minutes. At most 86400, a day. */
  sweepIntervalSeconds?: number | undefined
}

/** A sweep checks this number of folders, then pauses. So it never uses more than a small share of a core. */
const [sweptAtOnce, pauseMs] = [50, 4]
/** A prepared folder that is younger than this may be in use. Removing it is safe, but its process has to try again. */
const youthMs = 60_000
/** Errors that may resolve themselves. All others stay until someone changes the configuration. */
const passing = ['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE', 'ENOMEM', 'EBUSY', 'EAGAIN', 'EIO']

/**
 * Keeps sessions as files, for one machine with any number of processes. They survive restarts. Every call is atomic
 * between the processes, without locks (see `file/folder.ts`).
 *
 * @throws {SessionConfigError} if an option is not valid
 * @example
 * app.use(session({ store: fileStore({ path: '/var/lib/shop/sessions' }) }))
 */
export function fileStore(
  options: FileStoreOptions & { now?: (() => number) | undefined } = {},
): CheckedStore & PrunableStore & WalkableStore {
  const { path, fsync, sweepIntervalSeconds, now } = checkedSection('file', options)
  const root = resolve(path)
  const area = join(root, 'records')
  const closing = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  let sweeping: Promise<unknown> | undefined

  const isLive = ({ expiresAt }: folders.Header) => now() < expiresAt
  const folderOf = (key: string) => join(area, folders.digestOf(key))

  /** Removes an expired record before it reports that the record is absent. After that, no process can replace it. */
  async function lookAlive(folder: string): Promise<folders.Look> {
    for (;;) {
      const seen = await folders.look(folder)
      if (!seen.header || isLive(seen.header)) return seen
      await folders.change(folder, seen, undefined, '', fsync)
    }
  }

  async function load(key: string): Promise<SessionRecord | undefined> {
    const found = await folders.read(folderOf(key), lookAlive)
    return found && recordOf(found.text, key)
  }

  async function stands(key: string, version: string | undefined, { header }: folders.Look) {
    if (!header) return version === undefined
    if (version === unreadable.version) return (await load(key)) === unreadable
    return version !== undefined && folders.digestOf(version) === header.versionDigest
  }

  async function makeArea(): Promise<void> {
    await mkdir(dirname(root), { recursive: true })
    for (const folder of [root, area]) {
      const isNew = await folders.unless(() => mkdir(folder, 0o700).then(() => true), 'EEXIST')
      if (isNew && fsync) await folders.syncFolder(dirname(folder))
    }
  }

  function schedule(): void {
    if (closing.signal.aborted) return
    const begin = () => {
      sweeping = sweep(false).then(schedule, schedule)
    }
    // A random time, so that processes that started together do not sweep together.
    timer = setTimeout(begin, sweepIntervalSeconds * (750 + Math.random() * 250))
    timer.unref()
  }

  async function sweep(isKeptAlive: boolean): Promise<number> {
    let [removed, steps] = [0, 0]
    for await (const name of namesIn(area)) {
      if (await sweepFolder(name).catch(() => false)) removed += 1
      steps += 1
      if (steps % sweptAtOnce > 0) continue
      await after(pauseMs, undefined, { ref: isKeptAlive, signal: closing.signal })
    }
    return removed
  }

  /** Returns whether there was an expired record. */
  async function sweepFolder(name: string): Promise<boolean> {
    const folder = join(area, name)
    if (name.startsWith('new_')) {
      if (Date.now() - (await lstat(folder)).mtimeMs < youthMs) return false
      // Rename it first, so that the process that prepared it no longer finds it.
      const aside = join(area, `new_${folders.newToken()}`)
      await rename(folder, aside)
      return folders.clear(aside, await readdir(aside)).then(() => false)
    }
    const seen = await folders.look(folder)
    if (!seen.header) await folders.clear(folder, seen.others)
    const isExpired = seen.header && !isLive(seen.header)
    return isExpired ? folders.change(folder, seen, undefined, '', fsync) : false
  }

  schedule()
  return {
    load,
    async compareAndSet(key, version, next) {
      const folder = folderOf(key)
      const text = next ? `${encodeRecord(next)}\n${key}` : ''
      for (;;) {
        try {
          const seen = await lookAlive(folder)
          if (!(await stands(key, version, seen))) return false
          const header = next && folders.newHeader(next.version, next.expiresAt)
          if (await folders.change(folder, seen, header, text, fsync)) return true
        } catch (error) {
          const code = codeOf(error)
          if (code === 'ENOSPC' || code === 'EDQUOT') {
            const message = `The disk of ${root} is full (${code}). Free some space, or set file.path to a folder on another disk.`
            throw new SessionError('session-store-full', message, { cause: error })
          }
          if (code !== 'ENOENT') throw error
          // Another process removed the folder, or a sweep removed the folder that this process had prepared.
          await makeArea()
        }
      }
    },
    async ready() {
      try {
        // Creating our own folder shows which user should own the folders above it.
        await makeArea()
        const found = await Promise.all([lstat(area), lstat(root), stat(root)])
        if (!found[0].isDirectory()) throw new Error(`${area} is not a folder`)
        const folder = join(area, `new_${folders.newToken()}`)
        await folders.change(folder, { others: [] }, folders.newHeader(''), '', fsync)
        const { uid } = await lstat(folder)
        await folders.clear(folder, await readdir(folder))
        // The root user may have created a volume, and can read everything in any case.
        const foreign = found.find((stats) => stats.uid !== uid && stats.uid !== 0)
        if (foreign) throw new Error(`user ${foreign.uid} owns it, but this process is user ${uid}`)
        if (found[0].mode & 0o077) await chmod(area, 0o700)
      } catch (error) {
        const problem = codeOf(error) ?? (isError(error) ? error.message : '')
        if (passing.includes(problem)) return
        const message = `The file driver cannot keep sessions in ${root} (${problem}). Make the user of the app the owner of the folder (chown -R), or set file.path to a folder that this user can write to.`
        throw new SessionConfigError(message, { cause: error })
      }
    },
    prune: () => sweep(true),
    async *keys() {
      for await (const name of namesIn(area)) {
        const text = (await folders.read(join(area, name), lookAlive))?.text ?? ''
        const key = text.slice(text.lastIndexOf('\n') + 1)
        if (folders.digestOf(key) === name) yield key
      }
    },
    async close() {
      closing.abort()
      clearTimeout(timer)
      await sweeping
    },
  }
}

/** The folders of records, and the prepared ones. Other entries are ignored. */
async function* namesIn(area: string): AsyncGenerator<string, void> {
  for await (const entry of (await folders.unless(() => opendir(area), 'ENOENT')) ?? []) {
    const isOurs = entry.isDirectory() && /^([\da-f]{64}|new_[\da-f]{16})$/.test(entry.name)
    if (isOurs) yield entry.name
  }
}

/** The string ends with the key, so half a file does not look like a record. */
function recordOf(text = '', key: string): SessionRecord {
  const end = `\n${key}`
  const isWhole = text.endsWith(end) && !text.includes('\0')
  const record = decodeRecord(isWhole ? text.slice(0, -end.length) : text)
  return isWhole ? record : unreadable
}
