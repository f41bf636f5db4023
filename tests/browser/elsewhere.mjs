// Another server than the app's: an empty page at every address.

import { createServer } from 'node:http'

createServer((_request, response) => {
  response.setHeader('Content-Type', 'text/html; charset=utf-8')
  response.end('<!doctype html><title>Elsewhere</title><link rel="icon" href="data:,">')
}).listen(Number(process.env.PORT))
