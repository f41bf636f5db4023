import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fromRoot } from './pages.ts'

/**
 * Words that many readers have to look up or read twice, and what to write instead. A space stands for any
 * white space, and for the start of the next comment line.
 */
const hardWords: readonly (readonly [word: RegExp, instead: string])[] = [
  [/\bwho(?:so)?ever\b/i, 'clients that, users who'],
  [/\bwhom(?:so)?ever\b/i, 'the user that'],
  [/\banew\b/i, 'again'],
  [/\bfor ever\b/i, 'forever'],
  [/\bby then\b/i, 'now, already, the latest'],
  [/\b(?:is|are|was|were) no (?!longer\b|more\b|later\b)\w+/i, 'is not a'],
  [/\b(?:is|are|was|were) none\b/i, 'is not one, there is none'],
  [/\bone['’]s own\b/i, 'your own, a separate'],
  [/\bat the most\b/i, 'at most'],
  [/(?:^|[.;:]) ?Nor\b/m, 'does not … either'],
  [/\bin silence\b/i, 'silently'],
  [/\b(?:last|of|these) so many\b/i, 'this many, the number of'],
  [/\bbut for\b/i, 'except'],
  [/\bbe (?:it|they) (?:an?|the|of|in)\b/i, 'whether it is'],
  [/\bfor want of\b/i, 'because there is no'],
  [/\bof before (?:an?|it|the)\b/i, 'from before, old, earlier'],
  [/\bto the letter\b/i, 'exactly'],
  [/\bthere and then\b/i, 'at once'],
  [/\b(?:told|tells|telling) of\b/i, 'reports, is reported'],
  [/\bwarn(?:s|ed)? of\b/i, 'warns that, warns about'],
  [/\bin the place of\b/i, 'instead of'],
  [/\bc(?:ome|ame|omes) of (?:it|an?|the|what|whatever)\b/i, 'the result of'],
  [/\ball the same\b/i, 'still'],
  [/\bsome dozens?\b/i, 'dozens of'],
  [
    /\b(?:hence(?:forth)?|hitherto|lest|there(?:by|in|of)|where(?:by|in|of)|whence)\b/i,
    'so, with it',
  ],
  [/\bshall\b/i, 'must, will'],
  [/\bbeside\b/i, 'next to, in addition to'],
  [/\bunder way\b/i, 'in flight, running'],
  [/[;,] else\b/i, 'otherwise'],
  [/(?:[.:] |\/\/ )Else\b/, 'Otherwise, Without it'],
  [/\bof (?:yours|theirs|ours|mine)\b/i, 'your, their, our'],
  [/\b(?:is|are|was|were) an? [45]\d\d\b/i, 'fails with'],
  [/\bwherever\b/i, 'where, in every place where'],
  [/\b(?:kept|keeps?) \w+ waiting\b/i, 'has to wait'],
]

/** Files that may keep such words, and why. */
const exceptions: Readonly<Record<string, string>> = {
  'CHANGELOG.md': 'keeps the words of earlier releases',
  'packages/core/CHANGELOG.md': 'keeps the words of earlier releases',
  'packages/orbit/CHANGELOG.md': 'keeps the words of earlier releases',
  'packages/stasis/CHANGELOG.md': 'keeps the words of earlier releases',
  'docs/guide/orbit-session-starter.md': 'is the original guide, which we do not change',
  'tests/docs/plain-english.test.ts': 'lists the words',
}

/** What a space in the list stands for. */
const space = String.raw`(?:\s|\/\/|\*)+`

/** 'There is no' is plain English. */
const isAfterThere = new RegExp(String.raw`\bthere${space}$`, 'i')

const searches = hardWords.map(([word, instead]) => {
  const search = new RegExp(word.source.replaceAll(' ', space), `g${word.flags}`)
  return [search, instead] as const
})

/** One line for each hard word: the file and line, the word, and a better word. */
function hardWordsIn(path: string, text: string): string[] {
  return searches.flatMap(([search, instead]) =>
    [...text.matchAll(search)]
      .filter(({ index }) => !isAfterThere.test(text.slice(0, index)))
      .map((found) => {
        const line = text.slice(0, found.index).split('\n').length
        const words = found[0].replace(new RegExp(space, 'g'), ' ').trim()
        return `${path}:${line}: "${words}". Better: ${instead}`
      }),
  )
}

const tracked = execFileSync('git', ['ls-files', '*.md', '*.ts', '*.tsx', '*.mjs'], {
  cwd: fromRoot('.'),
  encoding: 'utf8',
  maxBuffer: 2 ** 26,
})
  .split('\n')
  .filter((path) => path !== '' && existsSync(fromRoot(path)))

describe('plain English', () => {
  it('every page, comment, message and test name uses words that are easy to read', () => {
    const files = tracked.filter((path) => !(path in exceptions))
    expect(files.length).toBeGreaterThan(500)

    const found = files.flatMap((path) => hardWordsIn(path, readFileSync(fromRoot(path), 'utf8')))

    expect(found.join('\n')).toBe('')
  })

  it('finds a hard word, with its line and a better word', () => {
    const text = 'a line\n// which is no\n// number for ever.'

    expect(hardWordsIn('a.ts', text)).toEqual([
      'a.ts:3: "for ever". Better: forever',
      'a.ts:2: "is no number". Better: is not a',
    ])
  })

  it.each(['There is no session.', 'It is no longer there.', 'there are none', 'whoami'])(
    'allows "%s"',
    (text) => expect(hardWordsIn('a.md', text)).toEqual([]),
  )

  it.each(Object.entries(exceptions))('%s is an exception: it %s', (path) => {
    expect(tracked).toContain(path)
  })
})
