/**
 * Whether a thrown value is an error, from any realm. In test runners such as Jest, Node's own errors (a
 * missing file, headers that cannot change) are not instances of the test's `Error`.
 */
export function isError(thrown: unknown): thrown is Error {
  return thrown instanceof Error || Object.prototype.toString.call(thrown) === '[object Error]'
}

/** The code of an error of the system or of a package, for example `ENOENT`. */
export function codeOf(thrown: unknown): string | undefined {
  return isError(thrown) && 'code' in thrown && typeof thrown.code === 'string'
    ? thrown.code
    : undefined
}
