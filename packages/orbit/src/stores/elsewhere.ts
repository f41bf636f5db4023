/**
 * Replaces the drivers in the bundle of a Worker, which has no files, and whose connections end with the request.
 * Options that name one of these drivers are refused at boot, so this is never called.
 */
function missing(): never {
  throw new TypeError('This driver does not run on Cloudflare Workers.')
}

export { missing as fileStore, missing as redisStore, missing as sqliteStore, missing as sqlStore }
