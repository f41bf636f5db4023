/** Longer strings are cut, because a message should not repeat everything that a client sent. */
const longest = 200

/** Control characters, line separators, and marks that change the text direction. */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\ufeff]/gu

/**
 * Returns the string on one line. It cannot look like another log entry, and it cannot change how a
 * terminal shows the rest (ASVS 16.4.1, CWE-117).
 */
export function onOneLine(text: string): string {
  return text.replace(unprintable, (character) => {
    const escaped = JSON.stringify(character).slice(1, -1)
    if (escaped !== character) return escaped
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

/** A string for a message: in double quotes, on one line, and not too long. */
export function quote(text: string): string {
  const shown = text.length > longest ? `${text.slice(0, longest)}…` : text
  return onOneLine(JSON.stringify(shown))
}
