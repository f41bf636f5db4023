// Runs one app in one process: `server.mjs <file of apps> <its export>`. A second server reports the CPU
// time of the process, so that asking for it costs the same for every app.

import { createServer } from 'node:http'
import { World } from './apps/world.mjs'

const [file, name] = process.argv.slice(2)
const { [name]: library } = await import(`./apps/${file}.mjs`)
// Hides the warning that stores in memory are not for production, because it does not matter here.
console.warn = () => {}
console.error = () => {}

// A regular exit writes the CPU profile.
process.on('SIGTERM', () => process.exit())

const url = await library.open(new World()).listen()
const clock = createServer((_, response) => response.end(JSON.stringify(process.cpuUsage())))
clock.listen(0, '127.0.0.1', () => console.log(`${url} http://127.0.0.1:${clock.address().port}`))
