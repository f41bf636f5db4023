// A server that does not belong to the app: an empty page at every address. `elsewhere.mjs <settings as JSON>`

import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'

const { tls } = JSON.parse(process.argv[2])

function answer(_request, response) {
  response.setHeader('Content-Type', 'text/html; charset=utf-8')
  response.end('<!doctype html><title>Elsewhere</title><link rel="icon" href="data:,">')
}

const server = tls
  ? createSecureServer({ key: readFileSync(tls.key), cert: readFileSync(tls.cert) }, answer)
  : createServer(answer)
server.listen(Number(process.env.PORT))
