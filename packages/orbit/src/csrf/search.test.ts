import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { searchForm } from './search.ts'

const names = ['_token', 'a.b-c']
const urlencoded = 'application/x-www-form-urlencoded'

describe('a urlencoded form', () => {
  it.each<[string, string[]]>([
    ['_token=x', ['x']],
    ['a=1&_token=x&b=2', ['x']],
    ['%5Ftoken=x', ['x']],
    ['%5ftoke%6e=x', ['x']],
    ['%5F%74%6F%6B%65%6E=%78', ['x']],
    ['a.b-c=x', ['x']],
    ['a%2eb%2Dc=x', ['x']],
    ['_token=a+b%20c', ['a b c']],
    ['_token=a=b', ['a=b']],
    ['_token=1&_token=2&_token=3', ['1', '2']],
    ['_token=&_token=x', ['x']],
    ['_token', []],
    ['_token=', []],
    ['axb-c=x', []],
    ['x_token=x', []],
    ['_tokenx=x', []],
    ['_token[]=x', []],
    ['_TOKEN=x', []],
    ['%255Ftoken=x', []],
    [';_token=x', []],
    ['', []],
  ])('%j has the values %j', (text, values) => {
    expect(searchForm(text, urlencoded, names, false)).toEqual(values)
  })

  it('that is cut has no value at its end', () => {
    expect(searchForm('a=1&_token=x&_token=y', urlencoded, names, true)).toEqual(['x'])
    expect(searchForm('_token=x', urlencoded, names, true)).toEqual([])
    expect(searchForm('_token=x&', urlencoded, names, true)).toEqual(['x'])
  })

  it('has the same values as in the platform’s parser', () => {
    const piece = fc.constantFrom('_token', '%5F', 'a.b-c', '=', '&', '%', 'x', '+', '%26', '%3d')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join('')
        const expected = [...new URLSearchParams(text)]
          .filter(([name, value]) => names.includes(name) && value !== '')
          .map(([, value]) => value)
        expect(searchForm(text, urlencoded, names, false)).toEqual(expected.slice(0, 2))
      }),
      { numRuns: 2000 },
    )
  })
})

describe('a multipart form', () => {
  const type = 'multipart/form-data; boundary=x'
  const form = (...parts: string[]) => `${parts.map((part) => `--x\r\n${part}\r\n`).join('')}--x--`
  const field = (name: string, value: string) =>
    `Content-Disposition: form-data; name="${name}"\r\n\r\n${value}`

  it.each<[string, string, string[]]>([
    ['a field', form(field('_token', 'x')), ['x']],
    ['a field between others', form(field('a', '1'), field('_token', 'x'), field('b', '2')), ['x']],
    ['a name without quotes', form('Content-Disposition: form-data; name=_token\r\n\r\nx'), ['x']],
    ['another case', form('CONTENT-disposition:form-data;Name="_token"\r\n\r\nx'), ['x']],
    [
      'other headers',
      form(
        'Content-Type: text/plain\r\nContent-Disposition: form-data; name="_token"\r\nX: y\r\n\r\nx',
      ),
      ['x'],
    ],
    ['lines in the value', form(field('_token', 'a\r\nb')), ['a\r\nb']],
    ['three values', form(...['1', '2', '3'].map((n) => field('_token', n))), ['1', '2']],
    ['a preamble', `before\r\n${form(field('_token', 'x'))}`, ['x']],
    ['an empty value', form(field('_token', '')), []],
    ['a name that only ends with the field name', form(field('x_token', 'x')), []],
    [
      'the name in the name of a file',
      form('Content-Disposition: form-data; name="a"; filename="; name=_token"\r\n\r\nx'),
      [],
    ],
    ['the name in a value', form(field('a', field('_token', 'x'))), []],
    ['no delimiter after it', `--x\r\n${field('_token', 'x')}`, []],
    ['no header', form('\r\nx'), []],
    ['no end of the header', form('Content-Disposition: form-data; name="_token"'), []],
    ['nothing', '', []],
  ])('%s', (_, text, values) => {
    expect(searchForm(text, type, names, false)).toEqual(values)
  })

  it('has no token in a file', () => {
    const file = form('Content-Disposition: form-data; name="_token"; filename="t"\r\n\r\nx')

    expect(searchForm(file, type, names, false)).toEqual(['(a file)'])
  })

  it.each([
    'multipart/form-data',
    'multipart/form-data; boundary=',
    'multipart/form-data; boundary=""',
  ])('without a boundary has no values: %s', (without) => {
    expect(searchForm(form(field('_token', 'x')), without, names, false)).toEqual([])
  })

  it('may have its boundary in quotes', () => {
    const text = form(field('_token', 'x'))

    expect(searchForm(text, 'multipart/form-data;charset=utf-8;BOUNDARY="x"', names, true)).toEqual(
      ['x'],
    )
  })

  it('can be read if the platform’s serializer wrote it', async () => {
    const part = fc.tuple(fc.constantFrom('_token', 'a', 'b"c', 'd\r\ne', 'ö'), fc.string())
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 8 }), async (parts) => {
        const data = new FormData()
        for (const [name, value] of parts) data.append(name, value)
        const response = new Response(data)
        const text = Buffer.from(await response.clone().arrayBuffer()).toString('latin1')
        const found = searchForm(text, response.headers.get('Content-Type') ?? '', names, false)

        const values = (await response.formData()).getAll('_token').filter((value) => value !== '')
        const bytes = values.map((value) => Buffer.from(String(value)).toString('latin1'))
        expect(found).toEqual(bytes.slice(0, 2))
      }),
    )
  })
})
