import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fileStore } from '../../packages/orbit/src/stores/file.ts'
import { browsers, project, sessions, sessionsInTerminal, written } from './project.ts'

/** A Gravito app, as in the guide. */
const gravitoApp = {
  'src/bootstrap.ts': `
    import { OrbitSession } from '@gravito/orbit'
    import { defineConfig, PlanetCore } from 'gravito-core'
    enum Driver { File = 'file' }
    const core = await PlanetCore.boot(
      defineConfig({
        config: { session: { driver: Driver.File, devices: true } },
        orbits: [new OrbitSession()],
        routes: (routes) => routes.get('/', (c) => c.text('home')),
      }),
    )
    core.logger.info('the app has booted')
    export default core.liftoff()`,
}

/** An app of plain Hono, which serves itself. */
const honoApp = {
  'package.json': '{ "type": "module" }',
  'src/index.js': `
    import { serve } from '@hono/node-server'
    import { session } from '@gravito/orbit'
    import { Hono } from 'hono'
    const app = new Hono()
    app.use(session({ driver: 'file' }))
    app.get('/', (c) => c.text('home'))
    const server = serve({ fetch: app.fetch, port: Number(process.env.PORT) }, ({ port }) => {
      console.log('listening on', port, server.address().port === port)
    })
    setInterval(() => {}, 1000)`,
}

type Browsers = ReturnType<typeof browsers>

let app: Browsers
let folder: string
const secrets: string[] = []

function open(files: Record<string, string>): void {
  folder = project(files)
  app = browsers(fileStore({ path: join(folder, 'storage/sessions') }))
}

beforeEach(() => open(gravitoApp))

afterEach(async () => {
  secrets.push(...app.secrets())
  await app.close()
})

afterAll(() => {
  expect(secrets.length).toBeGreaterThan(50)
  const all = written.join('\n')
  expect(secrets.filter((secret) => all.includes(secret))).toEqual([])
  expect(all).not.toContain('\u001b')
})

const run = (...args: string[]) => sessions(folder, args)
const json = (text: string): unknown => JSON.parse(text)

describe('gravito sessions count', () => {
  it('counts in the folder of a Gravito app, without options, and prints the log of the app to stderr only', async () => {
    await app.signIn('ada')
    await app.withCart()
    const { code, stdout, stderr } = await run('count')
    expect(stdout).toBe(
      [
        'Sessions         2',
        '  signed in      1',
        '  not signed in  1',
        'Moved or ended   1',
        'Expired          0',
        'Unreadable       0',
        'Lists of users   1',
        'Other records    1',
        '',
      ].join('\n'),
    )
    expect(stderr).toContain('the app has booted')
    expect(code).toBe(0)
  })

  it('prints JSON', async () => {
    await app.signIn('ada')
    const { stdout } = await run('count', '--json')
    expect(json(stdout)).toMatchObject({ sessions: 1, signedIn: 1, notSignedIn: 0, lists: 1 })
  })

  it('warns that an empty store may be the wrong one', async () => {
    const { code, stderr } = await run('count')
    expect(stderr).toContain('The store has no sessions')
    expect(code).toBe(0)
  })
})

describe('a plain Hono app', () => {
  it('is loaded without opening its port, even if another process uses it', async () => {
    open(honoApp)
    await app.signIn('ada')
    const blocker = createServer().listen(0)
    await once(blocker, 'listening')
    const address = blocker.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const { code, stdout, stderr } = await sessions(folder, ['count', '--json'], {
      PORT: String(port),
    })
    blocker.close()
    expect(json(stdout)).toMatchObject({ sessions: 1 })
    expect(stderr).toContain(`listening on ${port} true`)
    expect(code).toBe(0)
  })

  it('can call session() after its entry was imported', async () => {
    open({
      'src/app.ts': `
        import { setTimeout } from 'node:timers/promises'
        import { session } from '@gravito/orbit'
        async function main(): Promise<void> {
          await setTimeout(100)
          session({ driver: 'file' })
        }
        main()`,
    })
    await app.withCart()
    expect(json((await run('count', '--json')).stdout)).toMatchObject({ sessions: 1 })
  })

  it('can have several sessions: the command must name one', async () => {
    open({
      'src/app.mjs': '',
      'other.mjs': `
        import { session } from '@gravito/orbit'
        session({ driver: 'file' })
        export const admin = session({
          driver: 'file', file: { path: 'storage/admin' },
          exposeAs: 'admin', cookie: { name: 'admin' },
        })`,
    })
    await app.withCart()
    const unnamed = await run('count', '--app', 'other.mjs')
    expect(unnamed.stderr).toContain(
      'The app has several sessions: "session", "admin". Choose one with --session <name>.',
    )
    expect(unnamed.code).toBe(2)
    const named = await run('count', '--app=other.mjs', '--session', 'session', '--json')
    expect(json(named.stdout)).toMatchObject({ sessions: 1 })
    const admin = await run('count', '--app', 'other.mjs', '--session', 'admin', '--json')
    expect(json(admin.stdout)).toMatchObject({ sessions: 0 })
  })
})

describe('gravito sessions list', () => {
  it('lists handles, users, times and devices', async () => {
    const ada = await app.signIn('ada')
    const number = await app.signIn(42)
    const cart = await app.withCart()
    const { code, stdout } = await run('list')
    const [head = '', ...lines] = stdout.trimEnd().split('\n')
    expect(head).toMatch(/^HANDLE {39}USER +LAST ACTIVE \(UTC\) +EXPIRES +DEVICE$/)
    const time = String.raw`20\d\d-\d\d-\d\d \d\d:\d\d`
    const lineOf = ({ handle }: { handle: string }) => lines.find((one) => one.startsWith(handle))
    expect(lines).toHaveLength(3)
    expect(lineOf(ada)).toMatch(new RegExp(`^\\S{43}  ada +${time} +${time}  Firefox$`))
    expect(lineOf(number)).toMatch(
      new RegExp(`^\\S{43}  42 \\(number\\) +${time} +${time}  Firefox$`),
    )
    expect(lineOf(cart)).toMatch(new RegExp(`^\\S{43}  - +${time} +${time}  -$`))
    expect(code).toBe(0)
  })

  it('prints a line of JSON for each session', async () => {
    const { handle } = await app.signIn('ada')
    const { stdout } = await run('list', '--json')
    const [line = '', ...more] = stdout.trimEnd().split('\n')
    expect(more).toEqual([])
    expect(json(line)).toMatchObject({
      handle,
      owner: 'ada',
      ownerType: 'string',
      isSignedIn: true,
      label: 'from \u001b[31mthe tests',
    })
    expect(line).toContain('\\u001b[31m')
  })

  it('continues after a given handle, and lists all sessions with --all', async () => {
    const made = await Promise.all([1, 2, 3].map(() => app.withCart()))
    const handles = made.map(({ handle }) => handle).sort()
    const first = await run('list', '--limit', '2', '--json')
    const seen = (text: string) => [...text.matchAll(/"handle":"([\w-]+)"/g)].map(([, one]) => one)
    expect(seen(first.stdout)).toEqual(handles.slice(0, 2))
    expect(first.stderr).toContain(`There are more. For the next page, use --after ${handles[1]}`)
    const second = await run('list', '--after', handles[1] ?? '', '--json')
    expect(seen(second.stdout)).toEqual(handles.slice(2))
    const all = await run('list', '--all', '--json')
    expect(seen(all.stdout).sort()).toEqual(handles)
  })

  it('lists the sessions of one user, whatever the type of the id', async () => {
    const { handle } = await app.signIn(42)
    await app.signIn('ada')
    const { stdout } = await run('list', '--owner', '42')
    expect(stdout).toContain(handle)
    expect(stdout).not.toContain('ada')
  })
})

describe('gravito sessions show', () => {
  it('shows keys and types, and values only on request', async () => {
    const { handle } = await app.signIn('ada')
    const plain = await run('show', handle)
    expect(plain.stdout).toMatch(/^Handle +/)
    expect(plain.stdout).toContain('Label')
    expect(plain.stdout).toContain('from \\u001b[31mthe tests')
    expect(plain.stdout).toMatch(/^ {2}plan +string$/m)
    expect(plain.stdout).not.toContain('Mars')
    const full = await run('show', handle, '--data')
    expect(full.stdout).toMatch(/^ {2}plan +string +'fly to Mars'$/m)
    const { stdout } = await run('show', handle, '--data', '--json')
    expect(json(stdout)).toMatchObject({
      handle,
      data: [
        { key: 'userId', type: 'string', value: 'ada' },
        { key: 'plan', type: 'string', value: 'fly to Mars' },
      ],
    })
  })

  it('exits with code 1 if the session does not exist', async () => {
    const { code, stdout, stderr } = await run('show', 'x'.repeat(43))
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain('There is no session with the handle xxx')
  })
})

describe('gravito sessions end', () => {
  it('ends one session without a confirmation, and exits with code 1 the second time', async () => {
    const { client, handle } = await app.signIn('ada')
    const first = await run('end', handle)
    expect(first).toMatchObject({ code: 0, stdout: 'Ended 1 session.\n' })
    expect(await app.isSignedIn(client)).toBe(false)
    const second = await run('end', handle, '--json')
    expect(second.code).toBe(1)
    expect(json(second.stdout)).toEqual({ ended: 0, notFound: [handle] })
  })

  it('accepts a handle that starts with a hyphen', async () => {
    const handle = `-${'a'.repeat(42)}`
    const { code, stderr } = await run('end', handle)
    expect(stderr).toContain(`There is no session with the handle ${handle}.`)
    expect(code).toBe(1)
  })

  it('asks before it ends several sessions', async () => {
    const [one, two] = await Promise.all([app.withCart(), app.withCart()])
    const refused = await run('end', one.handle, two.handle)
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain(
      'This ends 2 sessions. There is no terminal to ask for confirmation',
    )
    const done = await run('end', one.handle, two.handle, '--yes')
    expect(done).toMatchObject({ code: 0, stdout: 'Ended 2 sessions.\n' })
  })
})

describe('gravito sessions end-owner', () => {
  it('ends the only session of a user without a confirmation', async () => {
    const { client } = await app.signIn('ada')
    const { code, stdout } = await run('end-owner', 'ada')
    expect([code, stdout]).toEqual([0, 'Ended 1 session of user ada.\n'])
    expect(await app.isSignedIn(client)).toBe(false)
  })

  it('refuses to end several sessions without a terminal', async () => {
    const ada = [await app.signIn('ada'), await app.signIn('ada')]
    const { code, stdout, stderr } = await run('end-owner', 'ada')
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(
      'This ends 2 sessions of user ada. There is no terminal to ask for confirmation, so nothing was done. To confirm, add --yes.',
    )
    for (const { client } of ada) expect(await app.isSignedIn(client)).toBe(true)
    const done = await run('end-owner', 'ada', '--yes', '--json')
    expect(json(done.stdout)).toEqual({ owner: 'ada', ownerType: 'string', ended: 2 })
  })

  it.each([
    ['y', 0, false],
    ['n', 2, true],
    ['', 2, true],
  ])('asks in a terminal, and follows the answer "%s"', async (typed, code, isSignedIn) => {
    const { client } = await app.signIn('ada')
    await app.signIn('ada')
    const ran = await sessionsInTerminal(folder, ['end-owner', 'ada'], typed)
    expect(ran.stdout).toContain('This ends 2 sessions of user ada. Continue? [y/N]')
    expect(ran.code).toBe(code)
    expect(await app.isSignedIn(client)).toBe(isSignedIn)
    // The terminal itself echoes the input.
    written.splice(-2)
  })

  it('does not guess whether 42 is a number or a string', async () => {
    const number = await app.signIn(42)
    const text = await app.signIn('42')
    const unsure = await run('end-owner', '42', '--yes')
    expect(unsure.code).toBe(2)
    expect(unsure.stderr).toContain('Users of several types have this id: string (1), number (1).')
    const done = await run('end-owner', '42', '--owner-type', 'number')
    expect(done).toMatchObject({ code: 0, stdout: 'Ended 1 session of user 42 (number).\n' })
    expect(await app.isSignedIn(number.client)).toBe(false)
    expect(await app.isSignedIn(text.client)).toBe(true)
  })

  it('succeeds if the user has no session', async () => {
    const { code, stdout } = await run('end-owner', 'nobody')
    expect([code, stdout]).toEqual([0, 'User nobody has no session.\n'])
  })
})

describe('gravito sessions prune', () => {
  it('removes expired records', async () => {
    await app.withCart()
    const { code, stdout } = await run('prune')
    expect([code, stdout]).toEqual([0, 'Removed 0 expired records.\n'])
    expect(json((await run('prune', '--json')).stdout)).toEqual({ removed: 0 })
  })
})

describe('gravito sessions move', () => {
  it('moves all sessions to another store, after a confirmation', async () => {
    const { handle } = await app.signIn('ada')
    const [from, to] = ['file:storage/sessions', 'file:storage/new']
    const refused = await run('move', '--from', from, '--to', to)
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain('Every process of the app must already use both stores')
    const listed = (store: string) => run('list', '--json', '--store', store)
    expect((await listed(from)).stdout).toContain(handle)
    const moved = await run('move', '--from', from, '--to', to, '--yes')
    expect(moved.stdout).toMatch(/^[1-9] records have moved, 0 skipped\.\n$/)
    expect(moved.code).toBe(0)
    expect((await listed(from)).stdout).toBe('')
    expect((await listed(to)).stdout).toContain(handle)
    const again = await run('move', '--from', from, '--to', to, '--yes', '--json')
    expect(json(again.stdout)).toEqual({ moved: 0, skipped: 0, isComplete: true })
  })

  it('refuses to move sessions to the same store', async () => {
    const same = await run('move', '--from', 'file:here', '--to', 'file:here', '--yes')
    expect(same.code).toBe(1)
    expect(same.stderr).toContain('gravito: ')
    expect((await run('move', '--from', 'file:here')).code).toBe(2)
  })
})

describe('gravito sessions table', () => {
  it('prints the SQL of the table, without an app', async () => {
    folder = project({})
    const { code, stdout } = await run('table', '--dialect', 'postgres', '--schema', 'shop')
    expect(stdout).toContain('CREATE TABLE IF NOT EXISTS "shop"."sessions" (')
    expect(code).toBe(0)
    expect((await run('table', '--dialect', 'mysql')).stdout).toContain('ENGINE=InnoDB')
    expect((await run('table')).code).toBe(2)
    const refused = await run('table', '--dialect', 'mysql', '--table', 'a;b')
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain('must be 1 to 50 letters')
  })
})

describe('gravito sessions explains', () => {
  it('that it cannot reach sessions in the memory of the app', async () => {
    open({
      'src/app.mjs': `import { session } from '@gravito/orbit'\nsession()`,
    })
    const { code, stdout, stderr } = await run('count')
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain('in the memory of its process (driver "memory")')
  })

  it('that the entry file creates no session', async () => {
    open({ 'src/app.mjs': 'export default {}' })
    const { code, stderr } = await run('count')
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /src\/app\.mjs has not created a session\(\)\. Use --app <file> with the module/,
    )
  })

  it('that the folder contains no app', async () => {
    open({})
    const { code, stderr } = await run('count')
    expect(code).toBe(1)
    expect(stderr).toContain('gravito sessions <command> --app <file>')
  })

  it('that the entry file fails', async () => {
    open({ 'src/app.mjs': `throw new Error('no database')` })
    const { code, stderr } = await run('count')
    expect(code).toBe(1)
    expect(stderr).toContain('src/app.mjs failed: no database.')
  })

  it.each<[string, string[], RegExp]>([
    ['no command', [], /The command is missing\.[\s\S]*Usage: gravito sessions/],
    ['an unknown command', ['lift'], /Unknown command "lift"/],
    ['an unknown option', ['count', '--jsn'], /'--jsn'\. gravito sessions count takes: --app, /],
    ['an option without its value', ['list', '--owner'], /--owner/],
    ['too few arguments', ['show'], /Usage: gravito sessions show <handle>/],
    ['too many arguments', ['count', 'x'], /Usage: gravito sessions count/],
    ['a limit of 0', ['list', '--limit', '0'], /--limit must be/],
    [
      'an unknown type',
      ['end-owner', '1', '--owner-type', 'int'],
      /--owner-type must be one of string/,
    ],
    ['an id of another type', ['end-owner', 'ada', '--owner-type', 'number'], /not a number/],
    ['an unknown store', ['count', '--store', 'ftp://user:hush@host'], /is not a valid store/],
    [
      'a variable that is not set',
      ['count', '--store', 'env:NOPE'],
      /env:NOPE names an environment variable/,
    ],
    [
      'two sources of sessions',
      ['count', '--store', 'file:x', '--app', 'y'],
      /cannot be combined with --app/,
    ],
    ['an environment file that does not exist', ['count', '--env', 'nope'], /--env cannot be read/],
  ])('%s, and exits with code 2', async (_, args, message) => {
    const { code, stdout, stderr } = await run(...args)
    expect(stderr).toMatch(message)
    expect(stderr).not.toContain('hush')
    expect([code, stdout]).toEqual([2, ''])
  })

  it('each command with --help', async () => {
    const { code, stdout } = await run('--help')
    expect(code).toBe(0)
    const names = [...stdout.matchAll(/^ {2}([a-z-]+) /gm)].map(([, name = '']) => name)
    expect(names).toEqual(
      expect.arrayContaining([
        'count',
        'list',
        'show',
        'end',
        'end-owner',
        'prune',
        'move',
        'table',
      ]),
    )
    for (const name of names) {
      const help = await run(name, '--help')
      expect(help.code).toBe(0)
      expect(help.stdout).toContain(`Usage: gravito sessions ${name}`)
    }
  })
})
