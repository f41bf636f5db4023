/*
 * Any text as one word of letters, digits, '_', '-' and '%': safe in a key and between spaces, and
 * told apart from every other text. Handles and marks are such words already.
 */
const plain = /^[\w-]+$/
const empty = '%'

export function toWord(text: string): string {
  if (plain.test(text)) return text
  if (text === '') return empty
  return text.replace(/[^\w-]/g, (unit) => `%${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

export function fromWord(word: string): string {
  if (plain.test(word) || word === empty) return word === empty ? '' : word
  return word.replace(/%([0-9a-f]{4})/g, (_, code) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  )
}
