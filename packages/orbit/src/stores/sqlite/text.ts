/** No handle and no payload of ours begins with it. */
const mark = '~'
const loneSurrogate = /\p{Surrogate}/u

/**
 * The text as SQLite can hold it: a lone surrogate has no place in UTF-8, and Deno reads no further
 * than a NUL. Such texts, and those that look like one of them, are kept as JSON behind a mark.
 */
export function toStored(text: string): string {
  const isPlain = !text.startsWith(mark) && !text.includes('\0') && !loneSurrogate.test(text)
  return isPlain ? text : mark + JSON.stringify(text)
}

export function fromStored(stored: string): string {
  return stored.startsWith(mark) ? String(JSON.parse(stored.slice(mark.length))) : stored
}
