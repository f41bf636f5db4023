import type { Context } from 'hono'

const formTypes = ['application/x-www-form-urlencoded', 'multipart/form-data']

/**
 * The values of the token's fields in a form body, in the order of the names. What is too large or
 * cannot be parsed has none. The handler can still read the body.
 */
export async function formTokens(
  c: Context,
  names: readonly string[],
  maxBytes: number,
): Promise<readonly unknown[]> {
  const type = c.req.raw.headers.get('Content-Type') ?? ''
  const isForm = formTypes.includes(type.split(';', 1)[0]?.trim().toLowerCase() ?? '')
  const { body, bodyUsed } = c.req.raw
  if (!isForm || !body) return []
  if (Number(c.req.raw.headers.get('Content-Length') ?? 0) > maxBytes) return []
  try {
    // Somebody before us may have read it: then Hono has kept what it found.
    const form = bodyUsed ? await c.req.formData() : await readForm(c, body, type, maxBytes)
    return form ? names.flatMap((name) => form.getAll(name)) : []
  } catch {
    return []
  }
}

async function readForm(
  c: Context,
  body: ReadableStream<Uint8Array>,
  type: string,
  maxBytes: number,
): Promise<FormData | undefined> {
  const read = await readUpTo(body, maxBytes)
  c.req.raw = withBody(c.req.raw, read.body)
  if (!read.whole) return undefined
  return new Response(read.whole, { headers: { 'Content-Type': type } }).formData()
}

/** The whole body if it fits, and a body that gives the same bytes again, whether it fits or not. */
async function readUpTo(
  stream: ReadableStream<Uint8Array>,
  maxBytes: number,
): Promise<{ whole?: Uint8Array<ArrayBuffer>; body: BodyInit }> {
  const reader = stream.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  while (length <= maxBytes) {
    const { done, value } = await reader.read()
    if (done) {
      const whole = joined(chunks, length)
      return { whole, body: whole }
    }
    chunks.push(value)
    length += value.byteLength
  }
  const again = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const chunk = chunks.shift()
      if (chunk) return controller.enqueue(chunk)
      const { done, value } = await reader.read()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: (reason) => reader.cancel(reason),
  })
  return { body: again }
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.byteLength
  }
  return whole
}

function withBody(request: Request, body: BodyInit): Request {
  const { url, method, headers, signal } = request
  const init: RequestInit & { duplex: 'half' } = { method, headers, body, signal, duplex: 'half' }
  return new Request(url, init)
}
