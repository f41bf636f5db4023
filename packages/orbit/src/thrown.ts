/**
 * Whether something thrown is an error, of whatever realm. In test runners such as Jest, the errors of
 * Node itself (a file that is missing, headers that cannot change) are not instances of the test's `Error`.
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
