import { describe, expect, it, vi } from 'vitest'
import {
  isOption,
  type Option,
  type Rows,
  sectionsOf,
} from '../../packages/orbit/src/option-table.ts'
import { resolveOptions, table } from '../../packages/orbit/src/options.ts'
import { driverOptions } from '../../packages/orbit/src/stores/options.ts'
import { commentsOf } from './doc-comments.ts'
import { codesOf as codesOnPage, fromRoot, type Page, readPages } from './pages.ts'
import { codesOf, rowsOf, sectionOf } from './tables.ts'

const pages = await readPages()
const source = (path: string) => fromRoot(`packages/orbit/src/${path}`)
const pageAt = (path: string): Page => {
  const page = pages.find((one) => one.path === path)
  if (!page) throw new Error(`there is no ${path}`)
  return page
}

const settings = resolveOptions({}, {})

/** A default that the table describes in words. */
const prose = Symbol('prose')
const none = Symbol('none')

/** Defaults that depend on other settings, and so are in no row of the source. */
const dependent = new Map<string, unknown>([
  ['cookie.prefix', settings.cookie.prefix],
  ['cookie.secure', settings.cookie.secure === 'auto' ? prose : settings.cookie.secure],
  ['logger', settings.logger === undefined ? 'console' : undefined],
  ['now', isDateNow(settings.now) ? 'Date.now' : undefined],
])

function isDateNow(clock: () => number): boolean {
  vi.useFakeTimers({ now: 1234 })
  const time = clock()
  vi.useRealTimers()
  return time === 1234
}

/** All options by the names that the docs use: `idleTimeoutSeconds`, `cookie.name`. */
const options = new Map(optionsIn(table, ''))
const names = [...options.keys()]
const drivers = Object.keys(driverOptions)

function optionsIn(rows: Rows, prefix: string): [string, Option][] {
  return Object.entries(rows).flatMap(([name, row]): [string, Option][] =>
    isOption(row) ? [[prefix + name, row]] : optionsIn(row, `${prefix}${name}.`),
  )
}

function defaultOf(name: string): unknown {
  if (dependent.has(name)) return dependent.get(name)
  const { default: value = none } = options.get(name) ?? {}
  if (typeof value === 'function') return prose
  return Array.isArray(value) && value.length === 0 ? none : value
}

/** The value in a cell, in which the unit comes first. */
function documented(cell: string, value: unknown): unknown {
  if (value === prose) return cell === '' ? undefined : prose
  if (typeof value === 'number') {
    const [, figure] = /(?:^|\s)(\d[\d,]*)/.exec(cell) ?? []
    return figure === undefined ? undefined : Number(figure.replaceAll(',', ''))
  }
  if (/^(?:seconds, )?none\b/.test(cell)) return none
  const codes = codesOf(cell)
  if (typeof value === 'boolean') return codes[0] === String(value) ? value : codes[0]
  if (Array.isArray(value)) return codes
  // A source that comes before the default, such as an environment variable, is named first.
  return codes.includes(String(value)) ? value : codes.at(-1)
}

function unitOf(name: string): string | undefined {
  if (name.endsWith('Seconds')) return 'seconds'
  if (name.endsWith('Ms')) return 'milliseconds'
  if (name.endsWith('Bytes')) return 'bytes'
  if (name.startsWith('maxSessions')) return 'sessions'
  return name.endsWith('Entries') ? 'records' : undefined
}

const tables = [
  ['docs/api/orbit-session.md', sectionOf(pageAt('docs/api/orbit-session.md'), 'Options'), names],
  [
    'docs/drivers.md',
    pageAt('docs/drivers.md').text,
    names.filter((name) => name === 'cacheKey' || drivers.includes(name.replace(/\..*/, ''))),
  ],
] as const

describe.each(tables)('the options on %s', (_, text, expected) => {
  const rows = rowsOf(text, 'option').map(({ names: [name = ''], cells }) => ({ name, cells }))

  it('are complete, and each is listed once', () => {
    expect(rows.map(({ name }) => name).sort()).toEqual([...expected].sort())
  })

  it.each(rows.map(({ name, cells }) => [name, cells[1] ?? ''] as const))(
    '%s has the default and the unit of the code',
    (name, cell) => {
      expect(names).toContain(name)
      expect(documented(cell, defaultOf(name))).toEqual(defaultOf(name))
      const unit = unitOf(name)
      if (unit) expect(cell.startsWith(`${unit}, `), `${cell} begins with ${unit}`).toBe(true)
    },
  )

  it.each(rows.flatMap(({ name, cells }) => boundsIn(name, cells[2] ?? '')))(
    '%s has the bounds of the code: %s %d',
    (name, _, bound, beyond) => {
      const check = options.get(name)?.check
      expect(() => check?.(name, bound)).not.toThrow()
      expect(() => check?.(name, beyond)).toThrow(name)
    },
  )
})

type Bound = [name: string, side: string, bound: number, beyond: number]

/** The bounds in a cell, each with the first number beyond it. */
function boundsIn(name: string, cell: string): Bound[] {
  if (typeof defaultOf(name) !== 'number') return []
  const text = cell.replace('a day', '86,400').replaceAll(/(?<=\d),(?=\d{3})/g, '')
  const [, low, high] = /from (\d+) to (\d+)/.exec(text) ?? []
  const [, least = low] = /at least (\d+)/.exec(text) ?? []
  const [, most = high] = /at most (\d+)/.exec(text) ?? []
  const found: Bound[] = []
  if (least) found.push([name, 'at least', Number(least), Number(least) - 1])
  if (most) found.push([name, 'at most', Number(most), Number(most) + 1])
  return found
}

const types = [
  ['', 'config.ts', 'SessionOptions'],
  ['cookie.', 'config.ts', 'SessionCookieOptions'],
  ['csrf.', 'config.ts', 'CsrfOptions'],
  ['devices.', 'config.ts', 'DevicesOptions'],
  ['database.', 'stores/sql/table.ts', 'SqlTableOptions'],
  ['database.', 'stores/sql.ts', 'SqlStoreOptions'],
  ...drivers.flatMap((driver) => {
    if (driver === 'database') return []
    const [first = '', ...rest] = driver
    const type = `${first.toUpperCase()}${rest.join('')}StoreOptions`
    return [[`${driver}.`, `stores/${driver}.ts`, type] as const]
  }),
] as const

describe('the doc comments of the types', () => {
  const comments = new Map(
    types.flatMap(([prefix, file, type]) =>
      [...commentsOf(source(file), type)].map(([name, text]) => [prefix + name, text] as const),
    ),
  )

  it.each(names)('state the default of %s', (name) => {
    const comment = comments.get(name) ?? ''
    const value = defaultOf(name)
    expect(comment).not.toBe('')
    if (value === prose || value === none) return
    expect(named(comment, value)).toEqual(value)
  })

  it('state no default for options that have none', () => {
    const claims = names.filter((name) => {
      const isNone = defaultOf(name) === none && name !== 'secret'
      return isNone && /\bDefault (?!none\b)[`\d]/.test(comments.get(name) ?? '')
    })

    expect(claims).toEqual([])
  })
})

/** The default in a doc comment: the words after "Default", or before ", the default". */
function named(comment: string, value: unknown): unknown {
  const [, after = ''] = /\b(?:Default|Always) (.*?)(?:\.(?:\s|$)|$)/.exec(comment) ?? []
  const [, before] = /`([^`]+)`, the default/.exec(comment) ?? []
  if (before !== undefined) return before
  if (typeof value === 'number') return documented(after, value)
  const codes = codesOf(after)
  if (Array.isArray(value)) return codes[0]?.split(/[^\w.-]+/).filter(Boolean)
  return codes.includes(String(value)) ? value : codes.at(-1)
}

describe('the options that the docs name', () => {
  const isOption = (text: string) =>
    sections.some(
      (section) => text.startsWith(`${section}.`) && /\.(?!conf$)[a-z]\w*$/i.test(text),
    ) || /^[a-z]+[A-Z]\w*(?:Seconds|Ms)$/.test(text)
  const sections = sectionsOf(table)
  const short = names.map((name) => name.replace(/^.*\./, ''))

  // Pages about other libraries also name the options of those libraries.
  const ours = pages.filter(({ path }) => !path.startsWith('docs/coming-from/'))

  it.each(ours.map((page) => [page.path, page] as const))('exist: %s', (_, page) => {
    const named = codesOnPage(page).filter(isOption)

    expect(named.filter((name) => !names.includes(name) && !short.includes(name))).toEqual([])
  })
})
