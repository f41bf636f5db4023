import { parseArgs } from 'node:util'

/**
 * Returns the parts of a benchmark to run. They come from arguments, such as `read write --only orbit,fastify
 * --rounds 5`, or from environment variables with the same meaning. Without names, everything runs.
 *
 * @throws an error that lists the names if one is unknown
 */
export function readArguments(args, env, { names, runtimes = [], rounds }) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      only: { type: 'string' },
      rounds: { type: 'string', default: env.ROUNDS ?? String(rounds) },
      runtimes: { type: 'string', default: env.RUNTIMES ?? runtimes.join(',') },
    },
  })
  const chosen = {
    names: positionals.length > 0 ? positionals : names,
    only: listed(values.only ?? ''),
    rounds: Number(values.rounds),
    runtimes: listed(values.runtimes),
    base: env.BASE,
  }
  check('name', chosen.names, names)
  check('runtime', chosen.runtimes, runtimes)
  if (!Number.isInteger(chosen.rounds) || chosen.rounds < 1) {
    throw new Error(`--rounds is ${values.rounds}. Use a number of at least 1.`)
  }
  const isWhole =
    chosen.names.length === names.length &&
    chosen.only.length === 0 &&
    chosen.runtimes.length === runtimes.length &&
    chosen.rounds >= rounds
  return { ...chosen, isWhole }
}

/** Returns whether a row with this name is included. */
export function isWanted(only, name) {
  return only.length === 0 || only.some((part) => name.toLowerCase().includes(part.toLowerCase()))
}

function listed(text) {
  return text.split(',').filter((part) => part !== '')
}

function check(what, given, known) {
  const unknown = given.filter((one) => !known.includes(one))
  if (unknown.length === 0) return
  throw new Error(`There is no ${what} ${unknown.join(', ')}. There are: ${known.join(', ')}.`)
}
