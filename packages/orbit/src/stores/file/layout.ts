import { mkdir, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { SessionConfigError } from '../../errors.ts'
import { codeOf } from '../../thrown.ts'
import {
  discard,
  discardFolder,
  isFolder,
  makeFolder,
  newName,
  placeFolder,
  readText,
  renameFile,
  syncFolder,
  writeNew,
} from './disk.ts'
import { digestOf } from './label.ts'

const areas = ['records', 'owners', 'temporary'] as const
type Area = (typeof areas)[number]

/** Where what is, under one folder. */
export interface Layout {
  readonly isSynced: boolean
  /** A path under the root. */
  at(...names: string[]): string
  /** The folder of that name in the area, in one of 256 shards. */
  folderOf(area: Area, name: string): string
  /** Whether the shard of the folder is there, and no link. */
  hasShardOf(folder: string): Promise<boolean>
  /** Makes the shard of the folder. */
  makeShardOf(folder: string): Promise<void>
  /** Runs the action with all areas there; once more if they had been removed meanwhile. */
  standing<T>(action: () => Promise<T>): Promise<T>
  /** Makes a folder with these files, aside. */
  prepare(files: Readonly<Record<string, string>>, isSynced?: boolean): Promise<string>
  /** Moves a prepared folder to its place. Says whether that was free. */
  place(prepared: string, folder: string, isSynced?: boolean): Promise<boolean>
  /** Removes a prepared folder that was not placed. */
  drop(prepared: string, files: readonly string[]): Promise<void>
}

export function layoutAt(path: string, isSynced: boolean): Layout {
  const root = resolve(path)
  const at = (...names: string[]) => join(root, ...names)
  /** Folders that have been seen to be ours. */
  const known = new Set<string>()

  async function make(folder: string): Promise<void> {
    if (known.has(folder)) return
    await makeFolder(folder)
    if (isSynced) await syncFolder(dirname(folder))
    known.add(folder)
  }

  async function makeAreas(): Promise<void> {
    if (known.has(root)) return
    await mkdir(dirname(root), { recursive: true })
    // The root alone may be a link, if that is how the machine is set up.
    const stats = await stat(root).catch(() => undefined)
    if (!stats?.isDirectory()) await makeFolder(root)
    for (const area of areas) await make(at(area))
    known.add(root)
  }

  async function drop(prepared: string, files: readonly string[]): Promise<void> {
    await discard(...files.map((file) => join(prepared, file)))
    await discardFolder(prepared)
  }

  return {
    isSynced,
    at,
    folderOf: (area, name) => at(area, name.slice(0, 2), name),
    async hasShardOf(folder) {
      const shard = dirname(folder)
      if (known.has(shard)) return true
      if (!(await isFolder(shard))) return false
      known.add(shard)
      return true
    },
    makeShardOf: (folder) => make(dirname(folder)),
    async standing(action) {
      await makeAreas()
      try {
        return await action()
      } catch (error) {
        if (codeOf(error) !== 'ENOENT') throw error
        known.clear()
        await makeAreas()
        return action()
      }
    },
    async prepare(files, synced = isSynced) {
      const folder = at('temporary', newName())
      await makeFolder(folder)
      try {
        for (const [name, text] of Object.entries(files)) {
          await writeNew(join(folder, name), text, synced)
        }
        if (synced) await syncFolder(folder)
      } catch (error) {
        await drop(folder, Object.keys(files))
        throw error
      }
      return folder
    },
    async place(prepared, folder, synced = isSynced) {
      if (!(await placeFolder(prepared, folder))) return false
      if (synced) await syncFolder(dirname(folder))
      return true
    },
    drop,
  }
}

/** What may be better later. Everything else stays as it is until somebody changes it. */
const passing = ['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE', 'ENOMEM', 'EBUSY', 'EAGAIN', 'EIO']

/**
 * Tries what every session needs: to make folders and files, and that the system does not put one
 * folder in the place of another that holds something.
 *
 * @throws {SessionConfigError} if the folder can never serve
 */
export async function probe(layout: Layout): Promise<void> {
  const files = { probe: '' }
  let isSafe: boolean
  try {
    isSafe = await layout.standing(async () => {
      const [one, two] = [await layout.prepare(files), await layout.prepare(files)]
      const replaced = await layout.place(one, two)
      await layout.drop(one, ['probe'])
      await layout.drop(two, ['probe'])
      return !replaced
    })
  } catch (error) {
    const code = codeOf(error)
    if (code !== undefined && passing.includes(code)) return
    throw new SessionConfigError(
      `The file driver cannot keep sessions in ${layout.at()} (${code ?? 'it is not a folder of its own'}). Give the process that serves the app the right to write there, or set file.path to a folder where it may.`,
      { cause: error },
    )
  }
  if (!isSafe) {
    throw new SessionConfigError(
      `The file system under ${layout.at()} replaces folders that are not empty, so sessions could be lost there. Set file.path to a folder on a local disk.`,
    )
  }
}

const secretFile = 'secret'

/**
 * The secret in its folder, which is placed as a session's is: made once, whole, by one process.
 *
 * An unfit secret is replaced by the one of another folder, which is placed the same way and whose name
 * follows from the unfit secret. So all processes that replace it write the same, whoever is last.
 */
export async function keepSecret(
  layout: Layout,
  proposal: string,
  unfit?: string,
): Promise<string> {
  const folder = layout.at('secret')
  const standing = await agree(layout, folder, proposal)
  if (standing !== unfit) return standing
  const next = await agree(layout, layout.at(`secret-${digestOf(unfit, 24)}`), proposal)
  const aside = layout.at('temporary', newName())
  await writeNew(aside, JSON.stringify(next), true)
  await renameFile(aside, join(folder, secretFile))
  return next
}

function agree(layout: Layout, folder: string, proposal: string): Promise<string> {
  return layout.standing(async () => {
    for (;;) {
      const text = (await isFolder(folder)) ? await readText(join(folder, secretFile)) : undefined
      if (text !== undefined) return parseSecret(text, folder)
      const prepared = await layout.prepare({ [secretFile]: JSON.stringify(proposal) }, true)
      if (!(await layout.place(prepared, folder, true))) await layout.drop(prepared, [secretFile])
    }
  })
}

function parseSecret(text: string, folder: string): string {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'string') return value
  } catch {
    // Not what we wrote: below.
  }
  throw new Error(
    `The file in ${folder} does not hold a secret. Remove the folder to have a new one made.`,
  )
}
