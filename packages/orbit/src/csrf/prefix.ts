/** The first bytes of a body. */
export interface Prefix {
  readonly bytes: Uint8Array
  /** Whether the body has more bytes than these. */
  readonly isCut: boolean
  /** Whether these bytes did not arrive in time. */
  readonly isLate: boolean
  /** The whole body, including the bytes that are not read yet. */
  readonly body: BodyInit
}

type Reader = ReadableStreamDefaultReader<Uint8Array>
type Reading = ReturnType<Reader['read']>

/**
 * Reads a body up to the limit and no further. It keeps at most that many bytes in memory, in one buffer, and
 * the rest of the last chunk. A client that sends single bytes uses no more memory than others.
 */
export async function readPrefix(
  stream: ReadableStream<Uint8Array>,
  maxBytes: number,
  timeoutMs: number,
): Promise<Prefix> {
  const reader = stream.getReader()
  const time = timeLimit(timeoutMs)
  let bytes = new Uint8Array(0)
  let length = 0
  const add = (chunk: Uint8Array) => {
    if (length + chunk.length > bytes.length) {
      const larger = new Uint8Array(Math.max(length + chunk.length, 2 * length))
      larger.set(bytes.subarray(0, length))
      bytes = larger
    }
    bytes.set(chunk, length)
    length += chunk.length
  }
  const read = (rest: Uint8Array | undefined, reading: Reading | undefined): Prefix => {
    const prefix = bytes.subarray(0, length)
    const isLate = reading !== undefined
    const isCut = isLate || rest !== undefined
    const parts = rest ? [prefix, rest] : [prefix]
    return { bytes: prefix, isCut, isLate, body: isCut ? replay(parts, reader, reading) : prefix }
  }
  try {
    for (;;) {
      const reading = reader.read()
      const result = await Promise.race([reading, time.isUp])
      if (!result) return read(undefined, reading)
      if (result.done) return read(undefined, undefined)
      const space = maxBytes - length
      add(result.value.subarray(0, space))
      if (result.value.length > space) return read(result.value.subarray(space), undefined)
    }
  } finally {
    time.clear()
  }
}

/** A stream of what is already read, then the rest of the body. */
function replay(
  parts: Uint8Array[],
  reader: Reader,
  reading?: Reading,
): ReadableStream<Uint8Array> {
  let next = reading
  return new ReadableStream({
    async pull(controller) {
      const part = parts.shift()
      if (part) return controller.enqueue(part)
      const { done, value } = await (next ?? reader.read())
      next = undefined
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: (reason) => reader.cancel(reason),
  })
}

function timeLimit(ms: number): { isUp: Promise<undefined>; clear: () => void } {
  let clear = () => {}
  const isUp = new Promise<undefined>((resolve) => {
    const timer = setTimeout(resolve, ms)
    clear = () => clearTimeout(timer)
  })
  return { isUp, clear }
}
