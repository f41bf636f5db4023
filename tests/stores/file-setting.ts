import { lutimes, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newMark } from '../../packages/orbit/src/session/marks.ts'
import { type FileStoreOptions, fileStore } from '../../packages/orbit/src/stores/file.ts'
import type { SessionRecord } from '../../packages/orbit/src/stores/store.ts'
import { codeOf } from '../../packages/orbit/src/thrown.ts'

export const hour = 3_600_000

/** A folder for one test, which is removed when the test ends. */
export async function newFolder(onTestFinished: (clean: () => Promise<void>) => void) {
  const path = await mkdtemp(join(tmpdir(), 'gravito-file-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return path
}

/** A record that expires in an hour. */
export function record(fields: Partial<SessionRecord> = {}): SessionRecord {
  return { version: newMark(), payload: '1:payload', expiresAt: Date.now() + hour, ...fields }
}

/** All files and folders below, each relative to the folder. */
export async function allIn(folder: string): Promise<string[]> {
  for (;;) {
    try {
      return (await readdir(folder, { recursive: true })).sort()
    } catch (error) {
      // A sweep runs at this moment.
      if (codeOf(error) !== 'ENOENT') throw error
    }
  }
}

/** The folders of records with their files, and those that were prepared and not placed. */
export async function recordsIn(path: string): Promise<Map<string, string[]>> {
  const records = new Map<string, string[]>()
  for (const name of await allIn(join(path, 'records')).catch(() => [])) {
    const [folder = '', file] = name.split('/')
    const home = join(path, 'records', folder)
    records.set(home, [...(records.get(home) ?? []), ...(file === undefined ? [] : [file])])
  }
  return records
}

/** The folder and the files of the only record. */
export async function onlyRecordIn(path: string) {
  const [[home, files] = [], ...others] = await recordsIn(path)
  const data = files?.find((name) => name.startsWith('data_'))
  const header = files?.find((name) => name.startsWith('header1_'))
  if (!home || !data || !header || others.length > 0) {
    throw new Error('There is not exactly one record.')
  }
  return { home, data: join(home, data), header: join(home, header) }
}

/** Makes everything below look an hour old, so that no process can still be working on it. */
export async function age(folder: string): Promise<void> {
  const then = new Date(Date.now() - hour)
  for (const path of await allIn(folder)) await lutimes(join(folder, path), then, then)
}

/** Sweeps in the background until the condition is true. It stops when the test ends. */
export async function sweepUntil(
  options: FileStoreOptions & { now?: () => number },
  isDone: () => Promise<boolean>,
): Promise<void> {
  const store = fileStore({ ...options, sweepIntervalSeconds: 0.02 })
  await store.ready()
  while (!(await isDone())) await new Promise((resolve) => setTimeout(resolve, 20))
  await store.close()
}
