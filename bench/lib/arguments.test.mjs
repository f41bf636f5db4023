import { describe, expect, it } from 'vitest'
import { isWanted, readArguments } from './arguments.mjs'
import { coresOf } from './cores.mjs'

const known = { names: ['read', 'write'], runtimes: ['node', 'bun'], rounds: 9 }
const read = (args, env = {}) => readArguments(args, env, known)

describe('the arguments of a benchmark', () => {
  it('select everything if there are none', () => {
    expect(read([])).toMatchObject({
      names: ['read', 'write'],
      runtimes: ['node', 'bun'],
      rounds: 9,
      isWhole: true,
    })
  })

  it.each([
    ['some names', ['read']],
    ['some rows', ['--only', 'orbit']],
    ['one runtime', ['--runtimes', 'bun']],
    ['fewer rounds', ['--rounds', '3']],
  ])('select a part with %s', (_, args) => {
    expect(read(args).isWhole).toBe(false)
  })

  it("match a part of a row's name", () => {
    const { names, only } = read(['read', '--only', 'orbit,fastify'])
    expect(names).toEqual(['read'])
    const rows = ['orbit', 'orbit before', '@fastify/session', 'iron-session']
    expect(rows.filter((row) => isWanted(only, row))).toEqual(rows.slice(0, 3))
  })

  it('can come from the environment', () => {
    expect(read([], { ROUNDS: '3', RUNTIMES: 'node', BASE: '/old' })).toMatchObject({
      rounds: 3,
      runtimes: ['node'],
      base: '/old',
    })
  })

  it('are refused with a list of the valid names', () => {
    expect(() => read(['reed'])).toThrow('There is no name reed. There are: read, write.')
    expect(() => read(['--runtimes', 'deno'])).toThrow('There is no runtime deno')
    expect(() => read(['--rounds', 'x'])).toThrow('--rounds is x. Use a number')
  })
})

describe('the cores that a process may use', () => {
  it.each([
    ['0,1', [0, 1]],
    ['0-3,8', [0, 1, 2, 3, 8]],
    ['5', [5]],
  ])('are read from the list %s', (list, cores) => {
    expect(coresOf(list)).toEqual(cores)
  })
})
