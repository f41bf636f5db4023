#!/usr/bin/env node
import { run } from '../dist/serve/run.js'

await run(process.argv.slice(2))
