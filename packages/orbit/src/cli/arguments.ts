import { parseArgs } from 'node:util'
import { isHandle } from '../admin/walk.ts'
import { storeHelp } from './stores.ts'
import { UsageError } from './usage-error.ts'

/** An option of a command. */
interface OptionRow {
  readonly type: 'string' | 'boolean'
  readonly help: string
  /** The placeholder for the value in the help. */
  readonly value?: string
}

type OptionRows = Readonly<Record<string, OptionRow>>

/** The arguments and options of a command. */
interface CommandRow {
  readonly summary: string
  /** The arguments after the name, as the help shows them. */
  readonly takes?: string
  /** The minimum and maximum number of arguments. */
  readonly words: readonly [least: number, most: number]
  readonly options: OptionRows
}

/** A parsed command line. */
export interface Line {
  readonly words: readonly string[]
  /** The value of an option, or `undefined` if it was not given. */
  text(name: string): string | undefined
  has(name: string): boolean
}

/** The options that select the sessions. */
const place = {
  app: {
    type: 'string',
    value: '<file>',
    help: 'the module of your app that calls session(). Default: the entry of the app',
  },
  session: {
    type: 'string',
    value: '<name>',
    help: 'the exposeAs of the session, if the app has several',
  },
  store: { type: 'string', value: '<store>', help: 'a store instead of an app, see below' },
  'cookie-name': {
    type: 'string',
    value: '<name>',
    help: 'with --store: cookie.name of the app. Default session',
  },
  'owner-key': {
    type: 'string',
    value: '<key>',
    help: 'the key of the signed-in user: ownerKey of the app. Default: its first, or userId',
  },
  env: {
    type: 'string',
    value: '<file>',
    help: 'a file with environment variables, such as .env',
  },
} as const satisfies OptionRows

const json = { json: { type: 'boolean', help: 'print JSON' } } as const satisfies OptionRows

const ownerType = {
  'owner-type': {
    type: 'string',
    value: '<type>',
    help: 'string, number or bigint. Default: the type of the user that has sessions',
  },
} as const satisfies OptionRows

const yes = {
  yes: { type: 'boolean', help: 'do not ask for confirmation' },
} as const satisfies OptionRows

/** Every command, with its options. */
const commandRows = {
  count: {
    summary: 'counts the records in the store',
    words: [0, 0],
    options: { ...place, ...json },
  },
  list: {
    summary: 'lists the active sessions',
    words: [0, 0],
    options: {
      owner: { type: 'string', value: '<id>', help: 'only the sessions of this user' },
      ...ownerType,
      limit: {
        type: 'string',
        value: '<count>',
        help: 'the maximum number of sessions. Default 100',
      },
      after: { type: 'string', value: '<handle>', help: 'continue after this handle' },
      all: { type: 'boolean', help: 'all sessions, in the order of the store' },
      ...place,
      ...json,
    },
  },
  show: {
    summary: 'shows one session',
    takes: '<handle>',
    words: [1, 1],
    options: {
      data: { type: 'boolean', help: 'show the values of its data, not only keys and types' },
      ...place,
      ...json,
    },
  },
  end: {
    summary: 'ends sessions by their handles',
    takes: '<handle>…',
    words: [1, 1_000],
    options: { ...yes, ...place, ...json },
  },
  'end-owner': {
    summary: 'ends all sessions of a user',
    takes: '<id>',
    words: [1, 1],
    options: { ...yes, ...ownerType, ...place, ...json },
  },
  prune: {
    summary: 'removes expired records',
    words: [0, 0],
    options: { ...place, ...json },
  },
  move: {
    summary: 'moves all sessions to another store',
    words: [0, 0],
    options: {
      from: { type: 'string', value: '<store>', help: 'the old store' },
      to: { type: 'string', value: '<store>', help: 'the new store' },
      ...yes,
      env: place.env,
      ...json,
    },
  },
  table: {
    summary: 'prints the migration for the sessions table',
    words: [0, 0],
    options: {
      dialect: { type: 'string', value: '<name>', help: 'postgres or mysql' },
      table: { type: 'string', value: '<name>', help: 'the name of the table. Default sessions' },
      schema: { type: 'string', value: '<name>', help: 'the schema of the table' },
      format: { type: 'string', value: '<name>', help: 'sql, drizzle or prisma. Default sql' },
      'owner-column': { type: 'boolean', help: 'with a column for the id of the user' },
    },
  },
} as const satisfies Record<string, CommandRow>

export type CommandName = keyof typeof commandRows

export function isCommand(name: string | undefined): name is CommandName {
  return name !== undefined && Object.hasOwn(commandRows, name)
}

/** @throws {UsageError} for options and arguments that the command does not have */
export function parsed(name: CommandName, args: readonly string[]): Line {
  const {
    options,
    words: [least, most],
  }: CommandRow = commandRows[name]
  const { values, positionals } = split(name, options, args)
  if (positionals.length < least || positionals.length > most) {
    throw new UsageError(`Usage: ${usageOf(name)}`)
  }
  return {
    words: positionals,
    text(option) {
      const value = values[option]
      return typeof value === 'string' ? value : undefined
    },
    has: (option) => values[option] === true,
  }
}

function split(name: CommandName, rows: OptionRows, args: readonly string[]) {
  const options = Object.fromEntries(
    Object.entries({ ...rows, help: { type: 'boolean' } as const }).map(([option, { type }]) => [
      option,
      { type },
    ]),
  )
  try {
    return parseArgs({ args: withValues(rows, args), options, allowPositionals: true })
  } catch (error) {
    // The first sentence of Node's message is clear. The rest does not apply to this command.
    const [problem = ''] = (error instanceof Error ? error.message : '').split(/\.\s/)
    const [, ambiguous] = /^Option '(--[\w-]+).* ambiguous/.exec(problem) ?? []
    if (ambiguous !== undefined) {
      throw new UsageError(
        `${ambiguous} needs a value. If the value starts with a hyphen, write ${ambiguous}=<value>.`,
      )
    }
    const names = Object.keys(rows).map((option) => `--${option}`)
    throw new UsageError(`${problem}. gravito sessions ${name} takes: ${names.join(', ')}`)
  }
}

/** Handles and negative numbers may start with a hyphen. They are values, not options. */
function withValues(rows: OptionRows, args: readonly string[]): string[] {
  const end = args.indexOf('--')
  const [before, after] = end < 0 ? [args, []] : [args.slice(0, end), args.slice(end + 1)]
  const plain: string[] = []
  const values: string[] = []
  for (const arg of before) {
    const last = plain.at(-1) ?? ''
    if (!arg.startsWith('-') || !(isHandle(arg) || /^-\d+$/.test(arg))) plain.push(arg)
    else if (takesValue(rows, last)) plain.splice(-1, 1, `${last}=${arg}`)
    else values.push(arg)
  }
  return [...plain, '--', ...values, ...after]
}

function takesValue(rows: OptionRows, arg: string): boolean {
  const name = arg.slice('--'.length)
  return arg.startsWith('--') && Object.hasOwn(rows, name) && rows[name]?.type === 'string'
}

/** The command line that follows `Usage:`. */
function usageOf(name: CommandName): string {
  const { takes }: CommandRow = commandRows[name]
  return ['gravito sessions', name, takes, '[options]'].filter(Boolean).join(' ')
}

/** The help of a command. */
export function helpOf(name: CommandName): string {
  const { summary, options }: CommandRow = commandRows[name]
  const rows = Object.entries(options).map(([option, { value, help }]) => [
    `  --${option}${value === undefined ? '' : ` ${value}`}`,
    help,
  ])
  const width = Math.max(...rows.map(([left = '']) => left.length))
  const lines = rows.map(([left = '', help = '']) => `${left.padEnd(width)}  ${help}`)
  const stores = 'store' in options || 'from' in options ? ['', storeHelp] : []
  return [`Usage: ${usageOf(name)}`, '', `This command ${summary}.`, '', ...lines, ...stores].join(
    '\n',
  )
}

/** The help for all commands. */
export function help(): string {
  const names = Object.entries(commandRows).map(
    ([name, { takes, summary }]: [string, CommandRow]) => {
      return `  ${[name, takes].filter(Boolean).join(' ').padEnd(16)}  ${summary}`
    },
  )
  return [
    'Usage: gravito sessions <command> [options]',
    '',
    ...names,
    '',
    'gravito sessions <command> --help shows the options of a command.',
    'Exit codes: 0 done, 1 failed or not found, 2 wrong usage or not confirmed.',
  ].join('\n')
}
