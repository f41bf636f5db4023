import { describe, expect, it, vi } from 'vitest'
import { resolveOptions } from '../../packages/orbit/src/options.ts'
import { codesOf as codesOnPage, fromRoot, type Page, readPages } from './pages.ts'
import { listsIn, presetsIn } from './presets.ts'
import { codesOf, rowsOf, sectionOf } from './tables.ts'

const pages = await readPages()
const source = (path: string) => fromRoot(`packages/orbit/src/${path}`)
const pageAt = (path: string): Page => {
  const page = pages.find((one) => one.path === path)
  if (!page) throw new Error(`there is no ${path}`)
  return page
}

const known = listsIn(source('options.ts'), 'known')
const sections = [...known.keys()].map((section) => section.replace(/^session\.?/, ''))
/** Every option as the docs write it: `idleTimeoutSeconds`, `cookie.name`. */
const names = [...known].flatMap(([section, own]) =>
  section === 'session'
    ? own.filter((name) => !sections.includes(name))
    : own.map((name) => `${section.replace('session.', '')}.${name}`),
)

const none = Symbol('none')
/** What no table can put into a value; the words are there for people. */
const prose = Symbol('prose')

function isDateNow(clock: () => number): boolean {
  vi.useFakeTimers({ now: 1234 })
  const time = clock()
  vi.useRealTimers()
  return time === 1234
}

/** What the code does where an option is left out. */
function presets(): Map<string, unknown> {
  const settings = resolveOptions({}, {})
  const { times, cookie, csrf } = settings
  const found = new Map<string, unknown>([
    ['driver', settings.driver],
    ['store', settings.store ?? none],
    ['secret', settings.secrets ?? none],
    ['idleTimeoutSeconds', times.idle / 1000],
    ['absoluteTimeoutSeconds', times.absolute / 1000],
    ['touchIntervalSeconds', times.touchInterval / 1000],
    ['touch', prose],
    ['regenerateGraceSeconds', times.grace / 1000],
    ['maxBytes', settings.maxBytes],
    ['ownerKey', settings.ownerKeys[0]],
    ['exposeAs', settings.exposeAs],
    ['cacheKey', presetsIn(source('stores/cache/installed.ts')).get('cacheKey')],
    ['onEvent', none],
    ['logger', settings.logger === undefined ? 'console' : undefined],
    ['now', isDateNow(settings.now) ? 'Date.now' : undefined],
    ['cookie.name', cookie.name],
    ['cookie.path', cookie.path],
    ['cookie.publicPath', cookie.publicPath || '/'],
    ['cookie.domain', cookie.domain ?? none],
    ['cookie.sameSite', cookie.sameSite],
    ['cookie.secure', cookie.secure === 'auto' ? prose : cookie.secure],
    ['cookie.httpOnly', true],
    ['cookie.prefix', cookie.prefix],
    ['cookie.expireOnClose', cookie.expireOnClose],
    ['csrf.enabled', csrf.enabled],
    ['csrf.exposeAs', csrf.exposeAs],
    ['csrf.headerName', csrf.headerNames[0]],
    ['csrf.cookieName', cookie.csrfName],
    ['csrf.fieldNames', csrf.fieldNames],
    ['csrf.maxFormBytes', csrf.maxFormBytes],
    ['csrf.formTimeoutSeconds', csrf.formTimeoutMs / 1000],
    ['csrf.trustedOrigins', csrf.trustedOrigins.size === 0 ? none : csrf.trustedOrigins],
    ['csrf.allowSameSite', csrf.allowSameSite],
    ['csrf.ignore', none],
    ['csrf.onError', csrf.onError ?? none],
    ['csrf.reportOnly', csrf.reportOnly],
    ['flash.lifetime', settings.flashLifetime],
  ])
  for (const driver of ['memory', 'file', 'redis', 'sqlite']) {
    const own = presetsIn(source(`stores/${driver}.ts`))
    for (const name of known.get(`session.${driver}`) ?? []) {
      found.set(`${driver}.${name}`, own.get(name) ?? none)
    }
  }
  return found
}

/** What a cell says, in words of its own: its unit, then the value. */
function documented(cell: string, value: unknown): unknown {
  if (value === prose) return cell === '' ? undefined : prose
  if (typeof value === 'number') {
    const [, figure] = /(?:^|\s)(\d[\d,]*)/.exec(cell) ?? []
    return figure === undefined ? undefined : Number(figure.replaceAll(',', ''))
  }
  if (/^none\b/.test(cell)) return none
  const codes = codesOf(cell)
  if (typeof value === 'boolean') return codes[0] === String(value) ? value : codes[0]
  if (Array.isArray(value)) return codes
  // What comes before the default, such as a variable of the environment, is said first.
  return codes.includes(String(value)) ? value : codes.at(-1)
}

function unitOf(name: string): string | undefined {
  if (name.endsWith('Seconds')) return 'seconds'
  if (name.endsWith('Ms')) return 'milliseconds'
  if (name.endsWith('Bytes')) return 'bytes'
  return name.endsWith('Entries') ? 'records' : undefined
}

const tables = [
  ['docs/api/orbit-session.md', sectionOf(pageAt('docs/api/orbit-session.md'), 'Options'), names],
  [
    'docs/drivers.md',
    pageAt('docs/drivers.md').text,
    names.filter((name) => /^(?:(?:memory|file|redis|sqlite)\.|cacheKey$)/.test(name)),
  ],
] as const

describe.each(tables)('the options on %s', (_, text, expected) => {
  const rows = rowsOf(text, 'option').map(({ names: [name = ''], cells }) => ({ name, cells }))

  it('are all that there are, each once', () => {
    expect(rows.map(({ name }) => name).sort()).toEqual([...expected].sort())
  })

  it.each(rows.map(({ name, cells }) => [name, cells[1] ?? ''] as const))(
    '%s has the default and the unit of the code',
    (name, cell) => {
      const all = presets()
      expect(all.has(name)).toBe(true)
      expect(documented(cell, all.get(name))).toEqual(all.get(name))
      const unit = unitOf(name)
      if (unit) expect(cell.startsWith(`${unit}, `), `${cell} begins with ${unit}`).toBe(true)
    },
  )
})

describe('the options that the docs name', () => {
  const isOption = (text: string) =>
    /^(?:cookie|csrf|flash|memory|file|redis|sqlite)\.(?!conf$)[a-z]\w*$/i.test(text) ||
    /^[a-z]+[A-Z]\w*(?:Seconds|Ms)$/.test(text)
  const short = names.map((name) => name.replace(/^.*\./, ''))

  // Those that tell what other packages call their own are of two minds.
  const ours = pages.filter(({ path }) => !path.startsWith('docs/coming-from/'))

  it.each(ours.map((page) => [page.path, page] as const))('are there: %s', (_, page) => {
    const named = codesOnPage(page).filter(isOption)

    expect(named.filter((name) => !names.includes(name) && !short.includes(name))).toEqual([])
  })
})
