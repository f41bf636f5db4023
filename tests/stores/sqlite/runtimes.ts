import { bun, deno, node } from '../../runtimes/binaries.ts'

/** A Node with node:sqlite, whatever runs this file. */
export const nodeWithSqlite = () => node(24)

/** What runs a test file on each runtime with SQLite. */
export const runtimes = {
  'Node 22': onNode(22),
  'Node 24': onNode(24),
  'Node 26': onNode(26),
  Bun: (file: string) => ({ command: bun(), args: ['test', '--timeout', '60000', file] }),
  Deno: (file: string) => ({ command: deno(), args: ['test', '-A', '--no-check', file] }),
}

function onNode(major: 22 | 24 | 26) {
  return (file: string) => ({ command: node(major), args: ['--test-reporter=tap', file] })
}

/** A Node whose SQLite is switched off, like Node 20. */
export function nodeWithoutSqlite(file: string) {
  return { command: nodeWithSqlite(), args: ['--no-experimental-sqlite', file] }
}
