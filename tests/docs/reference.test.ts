import { describe, expect, it } from 'vitest'
import { SessionConfigError, SessionError } from '../../packages/orbit/src/errors.ts'
import { type Declared, exportsOf } from './declarations.ts'
import { codesOf as codesOnPage, fromRoot, readPages } from './pages.ts'
import { codesOf, type Row, rowsOf, sectionOf } from './tables.ts'

const pages = await readPages()
const found = pages.find(({ path }) => path === 'docs/api/orbit-session.md')
if (!found) throw new Error('cannot find the API page')
const page = found

const main = exportsOf(fromRoot('packages/orbit/dist/index.d.ts'))
const testing = exportsOf(fromRoot('packages/orbit/dist/testing/index.d.ts'))
const client = exportsOf(fromRoot('packages/orbit/dist/client.d.ts'))
const jsx = exportsOf(fromRoot('packages/orbit/dist/jsx.d.ts'))
const move = exportsOf(fromRoot('packages/orbit/dist/move.d.ts'))
const admin = exportsOf(fromRoot('packages/orbit/dist/admin/index.d.ts'))
const drivers = ['file', 'sqlite', 'sql', 'redis', 'cache', 'cloudflare'].flatMap((driver) =>
  exportsOf(fromRoot(`packages/orbit/dist/stores/${driver}.d.ts`)),
)
const all = [...main, ...client, ...jsx, ...move, ...testing, ...admin, ...drivers]
/** Exported for `OrbitSession` only. */
const internal = ['installedCache']

function exported(name: string): Declared {
  const one = all.find((declared) => declared.name === name)
  if (!one) throw new Error(`nothing exports ${name}`)
  return one
}

const membersOf = (name: string) => exported(name).members.map((member) => member.name)

/** The name in a cell: `get` for `get(key, fallback?)`, and for `get`. */
const bare = (code: string) => /^\w+/.exec(code)?.[0] ?? code
const first = ({ names: [name = ''] }: Row) => name

describe('the API page', () => {
  it.each([
    ['the methods of', 'Session', 'Session', 'method', ['constructor']],
    ['the methods of', 'Csrf', 'Csrf', 'method', ['constructor']],
    ['the members of', 'OrbitSession', 'Setup', 'member', []],
    ['the members of', 'SessionMiddleware', 'Setup', 'property or method', []],
    ['the methods of', 'Sessions', 'Sessions', 'method', ['constructor']],
    ['the methods of', 'OwnerSessions', 'OwnerSessions', 'method', ['constructor']],
    ['the fields of', 'SessionInfo', 'OwnerSessions', 'field', []],
    ['the methods of', 'AllSessions', 'Sessions of all users', 'method', []],
    ['the options of', 'ListSessionsOptions', 'Sessions of all users', 'option', []],
    ['the options of', 'SessionAdminOptions', 'Sessions of all users', 'option of the page', []],
    ['the methods of', 'SessionStore', 'Stores', 'method', []],
    ['the options of', 'MoveOptions', 'moveSessions', 'option', []],
    ['the fields of', 'MoveResult', 'moveSessions', 'field', []],
    ['the options of', 'CsrfFetchOptions', 'csrfFetch', 'option', []],
    ['the members of', 'TestClient', 'Test client', 'member', ['constructor']],
    ['the options of', 'TestClientOptions', 'Test client', 'option', []],
    ['the members of', 'TestClock', 'Test clock', 'member', ['constructor']],
    ['the fields of', 'StoresUnderTest', 'Test suite for stores', 'field', []],
  ])('lists %s %s, all of them and no others', (_, name, heading, title, hidden) => {
    const rows = rowsOf(sectionOf(page, heading), title)
    const members = membersOf(name).filter((member) => !hidden.includes(member))

    expect(rows.map((row) => bare(first(row))).sort()).toEqual(members.sort())
  })

  it('lists the props of the JSX components, all of them and no others', () => {
    const rows = rowsOf(sectionOf(page, 'JSX components'), 'prop')
    const props = jsx.filter(({ name }) => name.endsWith('Props')).flatMap(({ members }) => members)

    expect(props.length).toBeGreaterThan(10)
    expect(rows.map(first).sort()).toEqual([...new Set(props.map(({ name }) => name))].sort())
  })

  it('lists the methods of SessionDraft, all of them and no others', () => {
    const rows = rowsOf(sectionOf(page, 'SessionDraft'), 'method')

    expect(rows.flatMap(({ names }) => names).sort()).toEqual(membersOf('SessionDraft').sort())
  })

  it('lists every event with its fields', () => {
    const rows = rowsOf(sectionOf(page, 'Events'), 'event')
    const events = exported('SessionEvent').members.map(({ name, members }) => ({
      name,
      carries: members.map((field) => field.name).filter((field) => field !== 'type'),
    }))

    expect(rows.map((row) => ({ name: first(row), carries: codesOf(row.cells[1] ?? '') }))).toEqual(
      events,
    )
  })

  it('lists every error code with its status', () => {
    const rows = rowsOf(sectionOf(page, 'Errors'), 'code')
    const statuses = exported('SessionErrorCode').texts.map((code) => [code, statusOf(code)])

    expect(rows.map((row) => [first(row), Number(row.cells[1])])).toEqual(statuses)
    expect(sectionOf(page, 'Errors')).toContain(`\`${new SessionConfigError().code}\``)
  })

  it('lists every reason of a CSRF refusal', () => {
    const rows = rowsOf(sectionOf(page, 'CSRF refusals'), 'reason')

    expect(rows.map(first).sort()).toEqual([...exported('CsrfRefusal').texts].sort())
  })

  it('names everything that the packages export', () => {
    const codes = codesOf(page.text.replace(/^```[\s\S]*?^```$/gm, '')).map(bare)

    const names = all.map(({ name }) => name).filter((name) => !internal.includes(name))
    expect(names.filter((name) => !codes.includes(name))).toEqual([])
  })

  it('lists no type that is not exported', () => {
    const names = rowsOf(sectionOf(page, 'Exported types'), 'type').flatMap((row) => row.names)

    expect(names.filter((name) => !all.some((declared) => declared.name === name))).toEqual([])
  })
})

describe('the codes and events that the docs name', () => {
  const cache = exportsOf(fromRoot('packages/stasis/dist/index.d.ts'))
  const known = [
    ...exported('SessionErrorCode').texts,
    ...exported('SessionEvent').members.map(({ name }) => name),
    ...cache.flatMap(({ name, texts }) => (name === 'CacheErrorCode' ? texts : [])),
    ...['session-config', 'csrf-refused', 'cache-config'],
    // The events of Gravito's built-in session, which the page "Coming from Gravito" names.
    ...['session:init', 'session:miss', 'session:saving'],
  ]
  const isCode = (text: string) =>
    /^(?:(?:session|csrf):|(?:session|csrf|cache)-)[a-z-]+$/.test(text)

  it.each(pages.map((one) => [one.path, one] as const))('exist: %s', (_, one) => {
    const codes = codesOnPage(one).filter(isCode)

    expect(codes.filter((code) => !known.includes(code))).toEqual([])
  })
})

function statusOf(code: string): number {
  const isCode = (text: string): text is SessionError['code'] =>
    exported('SessionErrorCode').texts.includes(text)
  return isCode(code) ? new SessionError(code, '').status : 0
}
