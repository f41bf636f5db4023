import { readFile, rename, writeFile } from 'node:fs/promises'
import { decodeRecord, encodeRecord, type SessionStore } from '@gravito/orbit'

/** The last write to each file. All stores of this process wait for it before they write. */
const queues = new Map<string, Promise<unknown>>()

export function jsonStore(path: string, now: () => number = Date.now): SessionStore {
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const done = (queues.get(path) ?? Promise.resolve()).then(work, work)
    queues.set(path, done)
    return done
  }
  const read = async () => {
    const text = await readFile(path, { encoding: 'utf8', flag: 'a+' }) // makes a missing file
    return new Map<string, string>(JSON.parse(text || '[]'))
  }
  const find = (texts: Map<string, string>, key: string) => {
    const text = texts.get(key)
    const record = text === undefined ? undefined : decodeRecord(text)
    return record && now() < (record.expiresAt ?? Infinity) ? record : undefined
  }
  return {
    load: async (key) => find(await read(), key),
    compareAndSet: (key, version, next) =>
      inTurn(async () => {
        const texts = await read()
        if (find(texts, key)?.version !== version) return false
        for (const one of texts.keys()) if (!find(texts, one)) texts.delete(one) // has expired
        texts.delete(key)
        if (next) texts.set(key, encodeRecord(next))
        await writeFile(`${path}.new`, JSON.stringify([...texts]), { mode: 0o600 })
        await rename(`${path}.new`, path) // a reader gets the old file or the new one
        return true
      }),
    close() {},
  }
}
