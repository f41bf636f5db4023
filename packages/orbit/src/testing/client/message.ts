/** The types of a request body. */
export type Body = NonNullable<RequestInit['body']>

/** The headers and the body of a request of a test client. It may have one body. */
export interface TestMessage {
  /** Headers of this request. They replace the client's own. An empty string removes a header. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** A body that is sent unchanged. */
  readonly body?: Body | undefined
  /** A body that is sent as JSON. */
  readonly json?: unknown
  /** A body that is sent as a urlencoded form. */
  readonly form?: Readonly<Record<string, string>> | undefined
}

/** A request as the test describes it, without the headers that the client adds. */
export interface Wanted {
  readonly method: string
  readonly url: URL
  /** By name, in lower case. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: Body | undefined
  /** The content type, unless a header sets it. */
  readonly contentType?: string | undefined
  /** The other options of `fetch`. */
  readonly init?: RequestInit | undefined
}

/** @throws {TypeError} if the message has two bodies */
export function wantedOf(method: string, url: URL, message: TestMessage): Wanted {
  const { headers = {}, body, json, form } = message
  if ([body, json, form].filter((one) => one !== undefined).length > 1) {
    throw new TypeError('A request has one body. Use one of form, json and body.')
  }
  const wanted = { method, url, headers: byName(Object.entries(headers)) }
  if (json !== undefined) {
    return { ...wanted, body: JSON.stringify(json), contentType: 'application/json' }
  }
  if (form === undefined) return { ...wanted, body }
  const contentType = 'application/x-www-form-urlencoded'
  return { ...wanted, body: new URLSearchParams(form).toString(), contentType }
}

/** Turns the arguments of `fetch` into a request of the client. */
export function wantedByFetch(
  input: string | URL | Request,
  init: RequestInit,
  origin: string,
): Wanted {
  const request = typeof input === 'object' && 'url' in input ? input : undefined
  const url = new URL(request?.url ?? String(input), origin)
  if (url.origin !== new URL(origin).origin) {
    throw new TypeError(
      `This client is for ${origin}, but the request goes to ${url.origin}. Use paths, or set the origin of testClient: testClient(app, { origin: '${url.origin}' }).`,
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

/** Whether the body can be sent only once. */
export function isStream(body: Body | undefined): boolean {
  return typeof body === 'object' && 'getReader' in body
}
