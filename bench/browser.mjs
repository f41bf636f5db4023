/** The cookies of a browser, with a script on a page that sends the CSRF token, if there is one. */
export class Browser {
  #url
  #jar = new Map()
  /** Each earlier state of the cookies, as a Cookie header. An attacker may have copied any of them. */
  held = []

  constructor(url) {
    this.#url = url
  }

  /** The Cookie header that the browser sends. */
  get cookie() {
    return [...this.#jar].map((pair) => pair.join('=')).join('; ')
  }

  /** The headers that the browser sends with an unsafe request. */
  get headers() {
    const token = this.#jar.get('XSRF-TOKEN')
    return { cookie: this.cookie, ...(token && { 'X-CSRF-Token': decodeURIComponent(token) }) }
  }

  async get(path) {
    return this.#take(await fetch(this.#url + path, { headers: { cookie: this.cookie } }))
  }

  async post(path) {
    return this.#take(await fetch(this.#url + path, { method: 'POST', headers: this.headers }))
  }

  async json(path) {
    const response = await this.get(path)
    if (!response.ok) throw new Error(`${path} responded with ${response.status}`)
    return response.json()
  }

  #take(response) {
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)
      if (isRemoval(line)) this.#jar.delete(name)
      else this.#jar.set(name, value)
    }
    if (!this.held.includes(this.cookie)) this.held.push(this.cookie)
    return response
  }
}

function isRemoval(line) {
  const [, age] = /; *max-age=(-?\d+)/i.exec(line) ?? []
  if (age !== undefined) return Number(age) <= 0
  const [, date] = /; *expires=([^;]+)/i.exec(line) ?? []
  return date !== undefined && Date.parse(date) <= Date.now()
}
