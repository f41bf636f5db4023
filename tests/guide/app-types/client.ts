import {
  type CsrfFetch,
  type CsrfFetchOptions,
  createCsrfFetch,
  csrfFetch,
} from '@gravito/orbit/client'

// It is called like fetch, and can replace it …
export const asFetch: typeof fetch = csrfFetch
export const response: Promise<Response> = csrfFetch('/notes', { method: 'POST', body: 'note' })

// … and each can send the requests of the other.
const options: CsrfFetchOptions = {
  cookieName: undefined,
  headerName: 'X-Token',
  tokenUrl: '/csrf',
}
export const shopFetch: CsrfFetch = createCsrfFetch({ ...options, fetch })
createCsrfFetch({ tokenUrl: new URL('https://shop.example/csrf'), fetch: csrfFetch })
createCsrfFetch()

// @ts-expect-error: headrName
createCsrfFetch({ headrName: 'X-Token' })
// @ts-expect-error: a method is a string
csrfFetch('/notes', { method: 5 })
