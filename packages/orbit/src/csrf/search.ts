/**
 * Searches the first bytes of a form for fields. It does not parse the form: parsing a megabyte of `a&a&…`
 * blocks the process for a tenth of a second. The time is proportional to the length, for any content.
 * It looks for two values at most, because a request with more than one token is refused.
 *
 * @param text one character per byte. Names and tokens are ASCII, so other bytes never match
 * @param isCut whether the form has more bytes. If so, a value that reaches the end is incomplete
 */
export function searchForm(
  text: string,
  contentType: string,
  names: readonly string[],
  isCut: boolean,
): readonly string[] {
  const type = mediaTypeOf(contentType)
  if (type === 'application/x-www-form-urlencoded') return searchPairs(text, names, isCut)
  const boundary = /;\s*boundary=(?:"([^"]+)"|([^\s;"]+))/i.exec(contentType)
  const delimiter = boundary?.[1] ?? boundary?.[2]
  return delimiter === undefined ? [] : searchParts(text, delimiter, names)
}

/** Represents a file, which never counts as a token. */
export const aFile = '(a file)'

/** Whether this is a content type of forms. */
export function isFormType(contentType: string): boolean {
  const type = mediaTypeOf(contentType)
  return type === 'application/x-www-form-urlencoded' || type === 'multipart/form-data'
}

function mediaTypeOf(contentType: string): string {
  return contentType.split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

function searchPairs(text: string, names: readonly string[], isCut: boolean): readonly string[] {
  const whole = isCut ? text.slice(0, text.lastIndexOf('&') + 1) : text
  const pattern = new RegExp(`(?:^|&)(?:${names.map(anySpelling).join('|')})=([^&]+)`, 'g')
  const values: string[] = []
  for (const [, value] of whole.matchAll(pattern)) {
    values.push(new URLSearchParams(`value=${value}`).get('value') ?? '')
    if (values.length === 2) break
  }
  return values
}

/** Any character may be percent-encoded: `%5ftoken`. */
function anySpelling(name: string): string {
  return name.replace(/[\w.-]/g, (character) => {
    const code = character.charCodeAt(0).toString(16)
    const hex = code.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`)
    return `(?:${character === '.' ? '\\.' : character}|%${hex})`
  })
}

/** RFC 7578. A part counts only if the delimiter of the next part follows. */
function searchParts(text: string, delimiter: string, names: readonly string[]): readonly string[] {
  const parts = `\r\n${text}`.split(`\r\n--${delimiter}`).slice(1, -1)
  const values: string[] = []
  for (const part of parts) {
    const end = part.indexOf('\r\n\r\n')
    const head = part.slice(0, Math.max(end, 0))
    const [, name = ''] =
      /^content-disposition:[^\r\n]*?;[ \t]*name="?([\w.-]+)"?[ \t]*(?:[;\r]|$)/im.exec(head) ?? []
    if (!names.includes(name)) continue
    const value = /;[ \t]*filename/i.test(head) ? aFile : part.slice(end + 4)
    if (value !== '') values.push(value)
    if (values.length === 2) break
  }
  return values
}
