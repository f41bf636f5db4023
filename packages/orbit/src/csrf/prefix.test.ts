import { describe, expect, it, vi } from 'vitest'
import { readPrefix } from './prefix.ts'

const aMinute = 60_000

/** A body with this number of chunks. It counts how many of them were read. */
function chunked(count: number, size: number) {
  let taken = 0
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (taken === count) return controller.close()
        taken += 1
        controller.enqueue(new Uint8Array(size).fill(taken % 256))
      },
    },
    { highWaterMark: 0 },
  )
  return { stream, taken: () => taken }
}

async function bytesOf(body: BodyInit): Promise<number[]> {
  return [...new Uint8Array(await new Response(body).arrayBuffer())]
}

describe('the first bytes of a body', () => {
  it.each([
    [0, 1],
    [1, 10],
    [10, 1],
    [3, 3],
    [1, 0],
  ])('are the whole body if %i chunks of %i bytes fit', async (count, size) => {
    const { bytes, isCut, isLate, body } = await readPrefix(
      chunked(count, size).stream,
      10,
      aMinute,
    )

    expect([bytes.length, isCut, isLate]).toEqual([count * size, false, false])
    expect(await bytesOf(body)).toEqual(await bytesOf(chunked(count, size).stream))
  })

  it.each([
    [11, 1],
    [1, 11],
    [2, 10],
    [4, 3],
    [500, 7],
  ])(
    'are 10 bytes of %i chunks of %i bytes, and the handler still gets all of them',
    async (count, size) => {
      const { bytes, isCut, isLate, body } = await readPrefix(
        chunked(count, size).stream,
        10,
        aMinute,
      )

      expect([bytes.length, isCut, isLate]).toEqual([10, true, false])
      expect(await bytesOf(body)).toEqual(await bytesOf(chunked(count, size).stream))
    },
  )

  it('are read only until it is known that there are more', async () => {
    const { stream, taken } = chunked(1000, 4)

    await readPrefix(stream, 10, aMinute)

    expect(taken()).toBe(3)
  })

  it('use no more memory if they arrive byte by byte', async () => {
    const { bytes } = await readPrefix(chunked(65_536, 1).stream, 65_536, aMinute)

    expect(bytes.length).toBe(65_536)
    expect(bytes.buffer.byteLength).toBeLessThanOrEqual(2 * 65_536)
  })
})

describe('a body that stalls', () => {
  function stalled() {
    let go: (() => void) | undefined
    const stream = new ReadableStream<Uint8Array>({
      async start(controller) {
        controller.enqueue(Uint8Array.of(1, 2))
        await new Promise<void>((resolve) => {
          go = resolve
        })
        controller.enqueue(Uint8Array.of(3))
        controller.close()
      },
    })
    return { stream, go: () => go?.() }
  }

  it('is not awaited after the time limit, and the handler still gets the bytes that arrive later', async () => {
    vi.useFakeTimers()
    const { stream, go } = stalled()
    const reading = readPrefix(stream, 10, 5000)

    await vi.advanceTimersByTimeAsync(4999)
    const early = await Promise.race([reading, 'still reading'])
    await vi.advanceTimersByTimeAsync(1)
    const prefix = await reading
    vi.useRealTimers()

    expect(early).toBe('still reading')
    expect([prefix.isLate, prefix.isCut, [...prefix.bytes]]).toEqual([true, true, [1, 2]])
    go()
    expect(await bytesOf(prefix.body)).toEqual([1, 2, 3])
  })

  it('leaves no timer behind if it arrives in time or breaks off', async () => {
    vi.useFakeTimers()
    await readPrefix(chunked(2, 2).stream, 10, 5000)
    const broken = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(new Error('gone')),
    })
    await expect(readPrefix(broken, 10, 5000)).rejects.toThrow('gone')
    const left = vi.getTimerCount()
    vi.useRealTimers()

    expect(left).toBe(0)
  })
})
