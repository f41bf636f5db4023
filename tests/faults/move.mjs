// The move as a separate process: `move.mjs <from and to as JSON>`. It prints `moved <count>` for each record
// that has moved, and the result at the end.

import { fileStore } from '@gravito/orbit/file'
import { moveSessions } from '@gravito/orbit/move'
import { redisStore } from '@gravito/orbit/redis'

const at = JSON.parse(process.argv[2])
const [from, to] = [fileStore({ path: at.file }), redisStore({ url: at.redis })]
const onProgress = ({ moved }) => process.stdout.write(`moved ${moved}\n`)
const result = await moveSessions({ from, to, onProgress })
process.stdout.write(`${JSON.stringify(result)}\n`)
await Promise.all([from.close(), to.close()])
