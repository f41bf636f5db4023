/** A command line that is not valid. The process exits with code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
