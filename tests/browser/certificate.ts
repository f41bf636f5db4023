import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { mustRun } from '../guide/processes.ts'

/** The files of a certificate for localhost and its key. */
export interface Certificate {
  readonly key: string
  readonly cert: string
}

/** A self-signed certificate for the tests of a `describe`, made by openssl. */
export function useCertificate(): () => Certificate {
  let folder: string | undefined
  const files = (at: string) => ({ key: join(at, 'key.pem'), cert: join(at, 'cert.pem') })

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gravito-browser-'))
    const { key, cert } = files(folder)
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
    const args = ['req', '-x509', ...kind, ...subject, '-keyout', key, '-out', cert]
    await mustRun('openssl', args, folder)
  })
  afterAll(() => folder && rm(folder, { recursive: true, force: true }))

  return () => {
    if (folder === undefined) throw new Error('the certificate does not exist yet')
    return files(folder)
  }
}
