import { describe, expect, it } from 'vitest'
import { asExpected, stepsOf } from './transcript.ts'

describe('a console block', () => {
  it('is split into typed commands and their output', () => {
    expect(stepsOf('$ one\nfirst\nsecond\n$ two \\\n  more\n$ three\n')).toEqual([
      { typed: '$ one', command: 'one', output: 'first\nsecond' },
      { typed: '$ two \\\n  more', command: 'two \\\n  more', output: '' },
      { typed: '$ three', command: 'three', output: '' },
    ])
  })

  it('must start with a command', () => {
    expect(() => stepsOf('{"ok":true}\n')).toThrow('begins with')
  })
})

describe('the output', () => {
  it.each([
    ['one\ntwo', 'one\ntwo'],
    ['one\r\ntwo \n\n', 'one\ntwo'],
    ['a 12 b', 'a … b'],
    ['one\ntwo\nthree', 'one\n…\nthree'],
    ['one\nthree', 'one\n…\nthree'],
    ['one\ntwo\nthree', '…\nthree'],
    ['one\ntwo\nthree', 'one\n…'],
    ['{"a":[1]}', '{"a":[1]}'],
    ['', ''],
  ])('%j matches the page: %j', (printed, expected) => {
    expect(asExpected(printed, expected)).toBe(expected)
  })

  it.each([
    ['one', 'two'],
    ['one\ntwo', 'one'],
    ['one', 'one\ntwo'],
    ['a  b', 'a …x b'],
    ['one\nmore\ntwo', 'one …\ntwo'],
    ['one', ''],
    ['', 'one'],
    ['{"aXb"}', '{"a.b"}'],
  ])('%j does not match the page: %j', (printed, expected) => {
    expect(asExpected(printed, expected)).toBe(printed)
  })
})
