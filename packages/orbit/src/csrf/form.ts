import { Buffer } from 'node:buffer'
import type { Context } from 'hono'
import type { CsrfSettings } from '../config.ts'
import { readPrefix } from './prefix.ts'
import { aFile, isFormType, searchForm } from './search.ts'

/** The result of the search for the token in a form. */
export interface FormSearch {
  /** The values of the token fields. */
  readonly tokens: readonly string[]
  /** Whether only the first bytes of the form were searched. */
  readonly isCut: boolean
  /** Whether these bytes did not arrive in time. */
  readonly isLate: boolean
}

const nothing: FormSearch = { tokens: [], isCut: false, isLate: false }

/** Looks for the token in a form body. A body that cannot be read has no token. The handler can still read the body. */
export async function searchBody(c: Context, settings: CsrfSettings): Promise<FormSearch> {
  const { fieldNames, maxFormBytes, formTimeoutMs } = settings
  const type = c.req.raw.headers.get('Content-Type') ?? ''
  if (!isFormType(type)) return nothing
  try {
    const { body, bodyUsed } = c.req.raw
    if (bodyUsed) return await searchAgain(c, settings, type)
    if (!body) return nothing
    const { bytes, isCut, isLate, ...prefix } = await readPrefix(body, maxFormBytes, formTimeoutMs)
    c.req.raw = withBody(c.req.raw, prefix.body)
    if (isLate) return { tokens: [], isCut, isLate }
    return { tokens: searchForm(textOf(bytes), type, fieldNames, isCut), isCut, isLate }
  } catch {
    return nothing
  }
}

/** For a body that an earlier middleware has already read. Hono caches the result. */
async function searchAgain(c: Context, settings: CsrfSettings, type: string): Promise<FormSearch> {
  const { fieldNames, maxFormBytes } = settings
  if (c.req.bodyCache.formData) {
    const form = await c.req.formData()
    const values = fieldNames.flatMap((name) => form.getAll(name))
    const tokens = values.map((value) => (typeof value === 'string' ? value : aFile))
    return { ...nothing, tokens: tokens.filter(Boolean) }
  }
  const body = new Uint8Array(await c.req.arrayBuffer())
  const isCut = body.length > maxFormBytes
  const text = textOf(body.subarray(0, maxFormBytes))
  return { ...nothing, tokens: searchForm(text, type, fieldNames, isCut), isCut }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}

function withBody(request: Request, body: BodyInit): Request {
  const { method, headers, signal } = request
  // `Request` throws for a URL that contains a user name.
  const url = request.url.replace(/^(https?:\/\/)[^/?#]*@/, '$1')
  const init: RequestInit & { duplex: 'half' } = { method, headers, body, signal, duplex: 'half' }
  return new Request(url, init)
}
