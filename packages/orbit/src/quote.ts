/** Longer ones are cut: a message is no place for the whole of what somebody sent. */
const longest = 200

/** Control characters, line separators, and marks that change the direction of what follows. */
const unprintable = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g

/**
 * A string as messages quote it: in double quotes, on one line, with everything escaped that could
 * pass for another log entry or change how a terminal shows the rest (ASVS 16.4.1, CWE-117).
 */
export function quote(text: string): string {
  const shown = text.length > longest ? `${text.slice(0, longest)}…` : text
  return JSON.stringify(shown).replace(
    unprintable,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
