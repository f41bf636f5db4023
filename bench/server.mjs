// One app in one process: `server.mjs <file of apps> <its export>`. A second server reports the CPU
// time of the process, so that this request costs every app the same.

import { createServer } from 'node:http'
import { World } from './apps/world.mjs'

const [file, name] = process.argv.slice(2)
const { [name]: library } = await import(`./apps/${file}.mjs`)
// Stores in memory warn that they are not for production. That is true, and not what is measured.
console.warn = () => {}
console.error = () => {}

// This writes the profile.
process.on('SIGTERM', () => process.exit())

const url = await library.open(new World()).listen()
const clock = createServer((_, response) => response.end(JSON.stringify(process.cpuUsage())))
clock.listen(0, '127.0.0.1', () => console.log(`${url} http://127.0.0.1:${clock.address().port}`))
