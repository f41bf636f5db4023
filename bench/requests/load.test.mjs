import { createServer } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { openLoad, stateOf } from './load.mjs'

const head = 'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n'
const body = '{"ok":true}'
let server

afterEach(() => server?.close())

async function listening(listener) {
  server = createServer(listener)
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${server.address().port}`
}

describe('the load of the benchmarks', () => {
  it.each([
    ['complete', 'it is the expected one', head + body],
    ['incomplete', 'its head is incomplete', head.slice(0, 20)],
    ['incomplete', 'its body is incomplete', head + body.slice(0, 5)],
    ['wrong', 'its body is different', `${head}{"ok":fals}`],
    ['wrong', 'its status is different', head.replace('200', '403') + body],
    ['complete', 'it is chunked', `HTTP/1.1 200 OK\r\n\r\nb\r\n${body}\r\n0\r\n\r\n`],
    ['wrong', 'it has different chunks', `HTTP/1.1 200 OK\r\n\r\n2\r\n{}\r\n0\r\n\r\n`],
  ])('detects a response as %s if %s', (state, _, text) => {
    expect(stateOf(text, body)).toBe(state)
  })

  it('sends the headers of each user on a separate connection, and counts the requests', async () => {
    const seen = {}
    const url = await listening((request, response) => {
      const { cookie } = request.headers
      seen[cookie] = (seen[cookie] ?? 0) + 1
      response.setHeader('Content-Length', body.length).end(body)
    })
    const people = [{ cookie: 'a=1' }, { cookie: 'a=2' }]
    const load = await openLoad(url, { method: 'POST', path: '/x', body }, people)

    expect(await load.send(5)).toBe(6)

    load.close()
    expect(seen).toEqual({ 'a=1': 4, 'a=2': 4 })
  })

  it('fails with the first unexpected response', async () => {
    let count = 0
    const url = await listening((_, response) => {
      count += 1
      response.statusCode = count > 3 ? 500 : 200
      response.setHeader('Content-Length', body.length).end(body)
    })
    const load = await openLoad(url, { method: 'GET', path: '/x', body }, [{}])

    await expect(load.send(10)).rejects.toThrow('GET /x HTTP/1.1: responded with HTTP/1.1 500')
  })
})
