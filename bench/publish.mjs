// Writes each result to a file, and generates the tables and charts of the docs from these files.
// `node bench/publish.mjs` generates them again without measuring.

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { withBlock } from './lib/table.mjs'
import { asChart, asMarkdown, asSmallChart } from './requests/tables.mjs'
import * as scale from './scale/rows.mjs'

const root = new URL('../', import.meta.url)

/**
 * Writes a result as JSON. The result of a partial run goes into a file that is not committed.
 *
 * @returns a line with the path
 */
export async function writeResult(name, result, isKept) {
  const path = `bench/results/${isKept ? name : `${name}-part`}.json`
  await mkdir(new URL('bench/results/', root), { recursive: true })
  await writeFile(new URL(path, root), `${JSON.stringify(result, null, 2)}\n`)
  return `Written to ${path}.`
}

export function readResult(name) {
  return readFile(new URL(`bench/results/${name}.json`, root), 'utf8').then(JSON.parse)
}

/**
 * Returns the files of the docs that are generated from a result of `npm run bench`: their names and
 * contents.
 */
export function requestFiles(result) {
  const charts = result.runtimes.map(({ runtime, version, sections }) => [
    `docs/public/bench-${runtime}.svg`,
    asChart(version, sections),
  ])
  const [{ version, sections }] = result.runtimes
  return [...charts, ['docs/public/bench-read.svg', asSmallChart(version, sections[0], 'read')]]
}

/** Returns the page of the docs with the tables of this result. */
export function withRequests(page, result) {
  const tables = result.runtimes.flatMap(({ version, sections }) =>
    sections.map((section) => `### ${section.title}, ${version}\n\n${asMarkdown(section)}`),
  )
  return withBlock(withSource(page, 'requests', result), 'bench requests', tables.join('\n\n'))
}

/** Returns a line with the commit, the time and the machine of a result. */
function withSource(page, name, { date, commit, machine, load, pinned, rounds, packages }) {
  const versions = Object.entries(packages).map(([name, version]) => `${name} ${version}`)
  const line = `Measured on ${date} at commit \`${commit}\` on ${machine}, with a load average of ${load} at the start; ${pinned ? `${pinned}; ` : ''}${rounds} rounds. ${versions.join(', ')}.`
  return withBlock(page, `bench ${name} source`, line)
}

export async function publishRequests(result) {
  for (const [path, text] of requestFiles(result)) await write(path, text)
  await publishPage((page) => withRequests(page, result))
}

/** Like `publishRequests`, for a result of `npm run bench:scale`. */
export function scaleFiles(result) {
  return [['docs/public/bench-scale.svg', scale.asChart(result.rows)]]
}

export function withScale(page, result) {
  return withBlock(withSource(page, 'scale', result), 'bench scale', scale.asMarkdown(result.rows))
}

export async function publishScale(result) {
  for (const [path, text] of scaleFiles(result)) await write(path, text)
  await publishPage((page) => withScale(page, result))
}

async function publishPage(change) {
  const page = 'docs/benchmarks.md'
  await write(page, change(await readFile(new URL(page, root), 'utf8')))
}

async function write(path, text) {
  await mkdir(new URL('docs/public/', root), { recursive: true })
  await writeFile(new URL(path, root), text)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await publishRequests(await readResult('requests'))
  await publishScale(await readResult('scale'))
}
