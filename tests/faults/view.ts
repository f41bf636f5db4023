/** A session as returned by `/state`. */
export interface View {
  readonly user: string | null
  readonly log: readonly string[]
  readonly sum: number
  readonly added: readonly string[]
  readonly puts: Readonly<Partial<Record<string, string>>>
  readonly code: string | null
  readonly flash: string | null
}

export const emptyView: View = {
  user: null,
  log: [],
  sum: 0,
  added: [],
  puts: {},
  code: null,
  flash: null,
}

/** The fields that store the latest of several values. */
export const keys = ['a', 'b', 'c', 'code'] as const

/** Everything that must exist at most once. */
export function marksOf(view: View): readonly string[] {
  return [...view.log, ...view.added]
}

/** All marks that exist, each once. */
export function allOf(view: View): readonly string[] {
  const values = [...Object.values(view.puts), view.code]
  return [...marksOf(view), ...values.flatMap((value) => value ?? [])]
}

export function valueAt(view: View, key: (typeof keys)[number]): string | undefined {
  return key === 'code' ? (view.code ?? undefined) : view.puts[key]
}

/** Whether the store must have a record of the session. */
export function isStored({ user, log, added }: View): boolean {
  return user !== null || log.length + added.length > 0
}
