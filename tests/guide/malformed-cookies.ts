/** More than twenty values of the session cookie that no server of the tests has issued. */
export function malformedCookies(name: string, real: string): Record<string, string> {
  const half = Math.floor(real.length / 2)
  const junk = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url')
  return {
    'an empty value': `${name}=`,
    'no value': name,
    'a word': `${name}=garbage`,
    'a percent-encoded NUL': `${name}=%00`,
    'a broken percent sequence': `${name}=%E0%A4%A`,
    'an overlong percent sequence': `${name}=%C0%80`,
    'seven thousand characters': `${name}=${'a'.repeat(7000)}`,
    'a lone quote': `${name}="`,
    'a real one in quotes, with more characters after it': `${name}="${real}"x`,
    'raw bytes of UTF-8': `${name}=${Buffer.from('séance 🍪').toString('latin1')}`,
    'a path with ..': `${name}=../../../../etc/passwd`,
    'a glob pattern': `${name}=*`,
    'the name of a prototype property': `${name}=__proto__`,
    'base64 of thirty-two zeros': `${name}=${junk(new Uint8Array(32))}`,
    'base64 of random bytes, as long as a real one': `${name}=${junk(Buffer.from(real)).slice(0, real.length)}`,
    'only dots': `${name}=....`,
    JSON: `${name}={"userId":"user_123"}`,
    'a real one without its last character': `${name}=${real.slice(0, -1)}`,
    'the first half of a real one': `${name}=${real.slice(0, half)}`,
    'a real one with an additional character': `${name}=${real}A`,
    'a real one twice over': `${name}=${real}${real}`,
    'a real one reversed': `${name}=${[...real].reverse().join('')}`,
    'a real one of another kind': `${name}=${flip(real, 0)}`,
    'a real one with a bit flipped near the start': `${name}=${flip(real, 8)}`,
    'a real one with a bit flipped in the middle': `${name}=${flip(real, half)}`,
    'a real one with a bit flipped near the end': `${name}=${flip(real, real.length - 4)}`,
    'a real one in upper case': `${name}=${real.toUpperCase()}`,
    'a real one without a name': `=${name}=${real}`,
    'a real one under a longer name': `x${name}=${real}`,
    'a real one under the prefixed name, over http': `__Host-${name}=${real}`,
    'a real one under a name in another case': `${name.toUpperCase()}=${real}`,
    'a real one behind a no-break space': `\u00a0${name}=${real}`,
    'a real one behind a no-break space in UTF-8': `\u00c2\u00a0${name}=${real}`,
    'several broken ones': `${name}=a; ${name}=; ${name}=%00; ${name}=${flip(real, half)}`,
  }
}

/**
 * Replaces the character at this position. The last character is excluded, because some of its bits have no
 * meaning in base64.
 */
function flip(text: string, at: number): string {
  const other = text[at] === 'A' ? 'B' : 'A'
  return `${text.slice(0, at)}${other}${text.slice(at + 1)}`
}
