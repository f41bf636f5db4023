/** The secret of apps in several processes. */
export const secret = 'a secret of the tests, long enough for HMAC'
