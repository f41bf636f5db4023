/**
 * How the search box finds a page. VitePress sends these functions to the browser as text, so each one must
 * work without anything outside of it. `tests/browser/site-search.test.ts` searches for what developers ask.
 */
export const miniSearch = {
  options: {
    /** Also keeps a code such as `session-moved` as one word, so that it finds the rows about this code. */
    tokenize: (text: string): string[] => [
      ...text.split(/[\n\r\p{Z}\p{P}]+/u),
      ...(text.match(/\w+(?:-\w+)+/g) ?? []),
    ],
    /** Ignores words that every question has, and treats "log in" and "sign in" as the same words. */
    processTerm(term: string): string | string[] | null {
      const word = term.toLowerCase()
      const ignored =
        /^(?:a|an|and|are|at|be|by|can|do|does|for|from|get|happens|how|i|if|in|is|it|me|my|of|on|or|somebody|that|the|their|they|this|to|we|what|when|why|with|you|your)$/
      if (ignored.test(word)) return null
      if (/^(?:log|sign)(?:s|ged|ned|ging|ning)?$/.test(word)) return 'sign'
      if (word === 'login' || word === 'signin') return [word, 'sign']
      if (word === 'logout' || word === 'signout') return [word, 'sign', 'out']
      return word
    },
  },
  searchOptions: {
    fuzzy: 0.2,
    prefix: true,
    boost: { title: 4, text: 2, titles: 1 },
    /** Nearly every page is about stored sessions of users, so the other words of a question decide. */
    boostTerm: (term: string) => (/^(?:sessions?|stores?|users?|orbit)$/.test(term) ? 0.2 : 1),
    /** A page that explains a task comes before the reference, and everything before the list of types. */
    boostDocument: (id: string) =>
      id.endsWith('#exported-types') ? 0.2 : id.startsWith('/api/') ? 0.8 : 1,
  },
}
