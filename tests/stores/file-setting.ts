import { lutimes, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SessionRecord } from '@gravito/orbit'
import { newMark } from '../../packages/orbit/src/session/record.ts'
import { type FileStoreOptions, fileStore } from '../../packages/orbit/src/stores/file.ts'
import { codeOf } from '../../packages/orbit/src/thrown.ts'

export const hour = 3_600_000

/** A folder for one test, which goes when the test has ended. */
export async function newFolder(onTestFinished: (clean: () => Promise<void>) => void) {
  const path = await mkdtemp(join(tmpdir(), 'gravito-file-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return path
}

/** A record that lives for an hour. */
export function record(fields: Partial<SessionRecord> = {}): SessionRecord {
  return {
    version: newMark(),
    birth: newMark(),
    payload: '1:payload',
    createdAt: Date.now(),
    lastActivityAt: Date.now(),
    expiresAt: Date.now() + hour,
    ...fields,
  }
}

/** All files and folders below, each relative to the folder. */
export async function allIn(folder: string): Promise<string[]> {
  for (;;) {
    try {
      return (await readdir(folder, { recursive: true })).sort()
    } catch (error) {
      // Somebody sweeps at this moment.
      if (codeOf(error) !== 'ENOENT') throw error
    }
  }
}

/** The folders of sessions, with their files. */
export async function sessionsIn(folder: string): Promise<Map<string, string[]>> {
  const sessions = new Map<string, string[]>()
  for (const path of await allIn(folder)) {
    const [area, shard, home, file] = path.split('/')
    if (area !== 'records' || home === undefined) continue
    const name = join(folder, area, shard ?? '', home)
    sessions.set(name, [...(sessions.get(name) ?? []), ...(file === undefined ? [] : [file])])
  }
  return sessions
}

/** The folder of the only session there is. */
export async function onlySessionIn(folder: string): Promise<{ home: string; data: string }> {
  const [[home, files] = [], ...others] = await sessionsIn(folder)
  const data = files?.find((name) => name.startsWith('data-'))
  if (!home || !data || others.length > 0) throw new Error('There is not exactly one session.')
  return { home, data: join(home, data) }
}

/** Makes everything below look an hour old, so that nobody can be at work on it. */
export async function age(folder: string): Promise<void> {
  const then = new Date(Date.now() - hour)
  for (const path of await allIn(folder)) await lutimes(join(folder, path), then, then)
}

/** Sweeps until it is as it should be; gives up with the test. */
export async function sweepUntil(
  options: FileStoreOptions & { now?: () => number },
  isDone: () => Promise<boolean>,
): Promise<void> {
  const store = fileStore({ ...options, sweepIntervalSeconds: 0.02 })
  await store.ready?.()
  while (!(await isDone())) await new Promise((resolve) => setTimeout(resolve, 20))
  await store.close()
}
