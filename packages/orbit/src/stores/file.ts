import { join } from 'node:path'
import { SessionConfigError } from '../errors.ts'
import { codeOf } from '../thrown.ts'
import { cleaningOf } from './file/cleaning.ts'
import { discard, readText, syncFolder, writeNew } from './file/disk.ts'
import { clear, look, readLabelled, relabel } from './file/folder.ts'
import { digestOf, type Label, labelFor, nameOf, recordOf, textOf } from './file/label.ts'
import { keepSecret, layoutAt, probe } from './file/layout.ts'
import { ownersIn } from './file/owners.ts'
import { sweeperOf } from './file/sweep.ts'
import { laterTimes, type SessionRecord, type SessionStore } from './store.ts'

/** Where and how the file driver keeps sessions. */
export interface FileStoreOptions {
  /**
   * The folder, relative to the working directory. Default `storage/sessions`. It is made if it is
   * missing, and belongs on a local disk: sessions are signed-in users, so keep it out of what a
   * web server serves.
   */
  path?: string | undefined
  /**
   * Whether each write is brought to the disk before it counts. Default `false`: the system does
   * that by itself within seconds. Nothing is lost when a process dies, however it dies. When the
   * machine loses its power, what was written in the last seconds may be as it was before: a sign-in
   * is lost, a sign-out comes undone, and a session that was being written may be over. With `true`
   * only touches can be lost, and a write takes as long as the disk does.
   */
  fsync?: boolean | undefined
  /**
   * Seconds between two sweeps of what has expired, by one process after the other. Default 600: 10
   * minutes. At most 86400, a day. Expired sessions are over at once; this only frees the disk.
   */
  sweepIntervalSeconds?: number | undefined
}

const day = 86_400

/**
 * Sessions as files: for one machine, with as many processes as it likes. They outlive restarts, and
 * every verb is atomic between the processes, without locks that a killed one could leave behind
 * (see `file/folder.ts`).
 *
 * @throws {SessionConfigError} for options that cannot work
 */
export function fileStore(
  options: FileStoreOptions & { now?: (() => number) | undefined } = {},
): SessionStore {
  const {
    path = 'storage/sessions',
    fsync = false,
    sweepIntervalSeconds = 600,
    now = () => Date.now(),
  } = options
  check(path, sweepIntervalSeconds)
  const layout = layoutAt(path, fsync)
  const owners = ownersIn(layout)
  const cleaning = cleaningOf(layout, owners, now)
  const sweeper = sweeperOf(layout, cleaning, sweepIntervalSeconds * 1000)

  const isLive = (label: Label) => now() < label.expiresAt

  function homeOf(key: string): { name: string; folder: string } {
    sweeper.start()
    const name = digestOf(key, 64)
    return { name, folder: layout.folderOf('records', name) }
  }

  /** What stands there, or nothing. */
  async function see(folder: string): ReturnType<typeof look> {
    if (!(await layout.hasShardOf(folder))) return { label: undefined, others: [] }
    const seen = await look(folder)
    return seen.label && isLive(seen.label) ? seen : { ...seen, label: undefined }
  }

  async function read(folder: string, isWanted: (label: Label) => boolean) {
    if (!(await layout.hasShardOf(folder))) return undefined
    const found = await readLabelled(folder, (label) => isLive(label) && isWanted(label))
    return found && recordOf(found.text, found.label)
  }

  /** Whether the folder may be taken: nothing stands there, or not any more. */
  async function makeWay(folder: string): Promise<boolean> {
    const seen = await look(folder)
    const { label, others } = seen
    if (label && isLive(label)) {
      const text = await readText(join(folder, label.data))
      // What a power loss took a part of is over, too.
      if (text !== undefined && recordOf(text, label)) return false
    }
    if (label) await cleaning.end(folder, seen)
    else await clear(folder, others)
    return true
  }

  async function begin(folder: string, files: Record<string, string>): Promise<boolean> {
    await layout.makeShardOf(folder)
    const prepared = await layout.prepare(files)
    let isPlaced = false
    try {
      do isPlaced = await layout.place(prepared, folder)
      while (!isPlaced && (await makeWay(folder)))
      return isPlaced
    } finally {
      if (!isPlaced) await layout.drop(prepared, Object.keys(files))
    }
  }

  return {
    async load(key) {
      return (await read(homeOf(key).folder, () => true))?.record
    },

    async create(key, record) {
      const { name, folder } = homeOf(key)
      const { owner } = record
      const entry = owner === undefined ? undefined : await owners.add(owner, name)
      const label = labelFor(record, entry)
      const files = { [label.data]: textOf(key, record), [nameOf(label)]: '' }
      let hasBegun = false
      try {
        hasBegun = await layout.standing(() => begin(folder, files))
      } finally {
        if (!hasBegun && entry !== undefined) await owners.remove(name, entry).catch(() => {})
      }
      if (!hasBegun) return 'exists'
      if (entry === undefined || (await owners.isAlive(name, entry))) return 'created'
      await cleaning.endOf({ home: name, ref: entry })
      return 'revoked'
    },

    async replace(key, record, version) {
      const { folder } = homeOf(key)
      const expected = digestOf(version, 24)
      const text = textOf(key, record)
      for (;;) {
        const { label, others } = await see(folder)
        if (!label) return 'gone'
        if (label.version !== expected) return 'conflict'
        const times = record.successor ? record : laterTimes(label, record)
        const next = labelFor({ ...record, ...times }, label.entry)
        if (!(await wrote(join(folder, next.data), text, fsync))) continue
        if (await relabel(folder, label, next)) {
          if (fsync) await syncFolder(folder)
          await discard(...others.map((file) => join(folder, file)))
          return 'replaced'
        }
        await clear(folder, [next.data])
      }
    },

    async touch(key, version, lastActivityAt, expiresAt) {
      const { folder } = homeOf(key)
      const expected = digestOf(version, 24)
      for (;;) {
        const { label } = await see(folder)
        if (label?.version !== expected) return false
        const times = laterTimes(label, { lastActivityAt, expiresAt })
        if (await relabel(folder, label, { ...label, ...times })) return true
      }
    },

    async destroy(key, version) {
      const { folder } = homeOf(key)
      const expected = version === undefined ? undefined : digestOf(version, 24)
      for (;;) {
        const seen = await see(folder)
        if (!seen.label) return false
        if (expected !== undefined && seen.label.version !== expected) return false
        if (await cleaning.end(folder, seen)) return true
      }
    },

    async list(owner) {
      const known = new Set<string>()
      const found: { key: string; record: SessionRecord }[] = []
      for (;;) {
        // A session that moved away while we looked had its new entry before it was sealed: look
        // until there is nothing new.
        const entries = (await owners.of(owner)).filter(({ ref }) => !known.has(ref))
        if (entries.length === 0) return found
        for (const { home, ref } of entries) {
          known.add(ref)
          const isOpen = (label: Label) => label.entry === ref && !label.isSealed
          const one = await read(layout.folderOf('records', home), isOpen)
          if (one) found.push(one)
        }
      }
    },

    async destroyOwner(owner, except) {
      const spared = except === undefined ? undefined : digestOf(except, 64)
      let ended = 0
      for (;;) {
        const entries = (await owners.of(owner)).filter(({ home }) => home !== spared)
        if (entries.length === 0) return ended
        for (const entry of entries) {
          await owners.kill(entry)
          const label = await cleaning.endOf(entry)
          if (label && !label.isSealed && isLive(label)) ended += 1
          await owners.bury(entry)
        }
      }
    },

    async ready() {
      await probe(layout)
      sweeper.start()
    },

    close: () => sweeper.stop(),
    secret: (proposal, unfit) => keepSecret(layout, proposal, unfit),
  }
}

function check(path: string, sweepIntervalSeconds: number): void {
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    throw new SessionConfigError('file.path must name a folder, such as storage/sessions.')
  }
  if (!(sweepIntervalSeconds > 0 && sweepIntervalSeconds <= day)) {
    throw new SessionConfigError(`file.sweepIntervalSeconds must be above 0 and at most ${day}.`)
  }
}

/** Whether the file could be written: not in a folder that has gone meanwhile. */
async function wrote(path: string, text: string, isSynced: boolean): Promise<boolean> {
  try {
    await writeNew(path, text, isSynced)
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}
