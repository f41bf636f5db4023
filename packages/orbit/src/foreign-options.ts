/**
 * Names of options from other packages (express-session, iron-session, hono_sessions, Laravel, Gravito),
 * and what to use here instead. Names are in lower case. A name that has another meaning in another
 * section starts with its section.
 */
const answers: readonly (readonly [names: string, answer: string])[] = [
  [
    'maxage expires expire expiration expiresin ttl lifetime duration expireafterseconds',
    'Use session.idleTimeoutSeconds and session.absoluteTimeoutSeconds, in seconds',
  ],
  [
    'resave saveuninitialized rolling unset autoextendexpiration',
    'Remove it: only changes and activity are saved, and each use of the session extends it',
  ],
  ['genid generateid idgenerator', 'Remove it: this package creates the ids'],
  ['signed', 'Remove it: the cookie is always signed'],
  ['proxy trustproxy', 'Remove it, and let the proxy send X-Forwarded-Proto'],
  [
    'redis.host redis.port redis.username redis.password redis.db redis.database redis.socket redis.tls',
    'Write it into session.redis.url: "redis://user:password@host:6379/0"',
  ],
  [
    'database.pool database.url database.connectionstring database.host database.connection',
    'Create a pool or connection with the package of your database, and use session.database.client',
  ],
  [
    'connection',
    'Use session.redis.url for the URL of a Redis server, session.redis.client for a Redis client, or session.database.client for a database',
  ],
  ['keyprefix', 'Use session.redis.prefix'],
  ['database.tablename', 'Use session.database.table'],
  ['table', 'Use session.database.table for the driver "database", or session.sqlite.tableName'],
  ['lottery', 'Remove it: expired sessions are removed in the background'],
  ['password encryptionkey keys', 'Use session.secret'],
  [
    'csrf.cookiepath csrf.cookiedomain csrf.cookiesecure csrf.cookiesamesite',
    'The CSRF cookie has the path, the domain, secure and sameSite of session.cookie',
  ],
  [
    'csrf.cookiehttponly csrf.httponly',
    'Remove it: scripts must be able to read the CSRF cookie, so it is never HttpOnly',
  ],
  ['csrf.cookie', 'Use session.csrf.cookieName'],
  ['csrf.origin csrf.origins', 'Use session.csrf.trustedOrigins'],
  ['csrf.except csrf.exclude csrf.skip', 'Use session.csrf.ignore'],
  ['cookiename sessioncookiename key', 'Use session.cookie.name'],
  ['cookieoptions', 'Use session.cookie'],
  ['storage adapter', 'Use session.driver, or session.store for your own store'],
]

/** Ignores case and underscores: `http_only` is `httpOnly`. */
const plain = (name: string): string => name.replaceAll('_', '').toLowerCase()

/**
 * What to write instead of an unknown name, or `undefined` if that is not certain.
 *
 * @param sections the names of all options, by section
 */
export function adviceFor(
  section: string,
  name: string,
  sections: Readonly<Record<string, readonly string[]>>,
): string | undefined {
  const word = plain(name)
  const names = sections[section] ?? []
  const sameWord = names.find((one) => plain(one) === word)
  if (sameWord) return `Did you mean "${sameWord}"?`

  const local = `${section.replace('session.', '')}.${word}`
  const answer = answers.find(([words]) =>
    words.split(' ').some((one) => one === local || one === word),
  )
  if (answer) return answer[1]

  const elsewhere = Object.entries(sections).flatMap(([other, own]) =>
    own.filter((one) => plain(one) === word).map((one) => `${other}.${one}`),
  )
  if (elsewhere.length > 0) return `Options with this name: ${elsewhere.join(', ')}`

  const near = nearest(word, names)
  return near && `Did you mean "${near}"?`
}

/** The only name that differs in one place, or that starts with the word. */
function nearest(word: string, names: readonly string[]): string | undefined {
  const found = names.filter((name) => isBeginning(word, name) || isMisspelt(word, plain(name)))
  return found.length === 1 ? found[0] : undefined
}

/** `idleTimeout` for `idleTimeoutSeconds`. */
function isBeginning(word: string, name: string): boolean {
  return plain(name).startsWith(word) && /^[A-Z]/.test(name.slice(word.length))
}

/** Whether the words differ in one place only, by at most three letters and at most a third of the word. */
function isMisspelt(word: string, name: string): boolean {
  const shorter = Math.min(word.length, name.length)
  let start = 0
  while (start < shorter && word[start] === name[start]) start += 1
  let end = 0
  while (end < shorter - start && word.at(-1 - end) === name.at(-1 - end)) end += 1
  const most = Math.min(3, Math.floor(word.length / 3))
  return Math.max(word.length, name.length) - start - end <= most
}
