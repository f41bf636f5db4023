/** What a request can have as its body. */
export type Body = NonNullable<RequestInit['body']>

/** The headers and the body of a request of a test client. It may have one body. */
export interface TestMessage {
  /** Headers of this request. They replace the client's own. An empty string removes a header. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** A body as it is. */
  readonly body?: Body | undefined
  /** A body as JSON. */
  readonly json?: unknown
  /** A body as a form sends it, urlencoded. */
  readonly form?: Readonly<Record<string, string>> | undefined
}

/** A request as a test means it, without what the client adds by itself. */
export interface Wanted {
  readonly method: string
  readonly url: URL
  /** By their names in lower case. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: Body | undefined
  /** What the body is, unless a header says it. */
  readonly contentType?: string | undefined
  /** What else `fetch` was given. */
  readonly init?: RequestInit | undefined
}

/** @throws {TypeError} if the message has two bodies */
export function wantedOf(method: string, url: URL, message: TestMessage): Wanted {
  const { headers = {}, body, json, form } = message
  if ([body, json, form].filter((one) => one !== undefined).length > 1) {
    throw new TypeError('A request has one body. Give one of form, json and body.')
  }
  const wanted = { method, url, headers: byName(Object.entries(headers)) }
  if (json !== undefined) {
    return { ...wanted, body: JSON.stringify(json), contentType: 'application/json' }
  }
  if (form === undefined) return { ...wanted, body }
  const contentType = 'application/x-www-form-urlencoded'
  return { ...wanted, body: new URLSearchParams(form).toString(), contentType }
}

/** What `fetch` was called with, as a request of the client. */
export function wantedByFetch(
  input: string | URL | Request,
  init: RequestInit,
  origin: string,
): Wanted {
  const request = typeof input === 'object' && 'url' in input ? input : undefined
  const url = new URL(request?.url ?? String(input), origin)
  if (url.origin !== new URL(origin).origin) {
    throw new TypeError(
      `This client is for ${origin}, and the request goes to ${url.origin}. Ask for paths, or give testClient the origin: testClient(app, { origin: '${url.origin}' }).`,
    )
  }
  return {
    method: init.method ?? request?.method ?? 'GET',
    url,
    headers: byName(new Headers(init.headers ?? request?.headers)),
    body: init.body ?? request?.body ?? undefined,
    init: { ...(request && { signal: request.signal, redirect: request.redirect }), ...init },
  }
}

function byName(headers: Iterable<readonly [string, string]>): ReadonlyMap<string, string> {
  return new Map([...headers].map(([name, value]) => [name.toLowerCase(), value]))
}

/** Whether the body is gone once it was sent. */
export function isStream(body: Body | undefined): boolean {
  return typeof body === 'object' && 'getReader' in body
}
