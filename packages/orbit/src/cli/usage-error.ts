/** A command line that cannot be understood. The process ends with 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
