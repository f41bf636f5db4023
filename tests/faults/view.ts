/** A session as `/state` shows it. */
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

/** The places where the latest of several values is stored. */
export const keys = ['a', 'b', 'c', 'code'] as const

/** Everything that can be there only once. */
export function marksOf(view: View): readonly string[] {
  return [...view.log, ...view.added]
}

/** Everything that is there, each item once. */
export function allOf(view: View): readonly string[] {
  const values = [...Object.values(view.puts), view.code]
  return [...marksOf(view), ...values.flatMap((value) => value ?? [])]
}

export function valueAt(view: View, key: (typeof keys)[number]): string | undefined {
  return key === 'code' ? (view.code ?? undefined) : view.puts[key]
}

/** Whether the store surely has a record of it. */
export function isStored({ user, log, added }: View): boolean {
  return user !== null || log.length + added.length > 0
}
