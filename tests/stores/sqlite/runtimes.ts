import { bun, deno, node } from '../../runtimes/binaries.ts'

/** A Node that has SQLite, whatever runs this. */
export const nodeWithSqlite = () => node(24)

/** What runs a file of tests on each runtime that has SQLite. */
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

/** A Node that has SQLite and is told to do without, as Node 20 must. */
export function nodeWithoutSqlite(file: string) {
  return { command: nodeWithSqlite(), args: ['--no-experimental-sqlite', file] }
}
