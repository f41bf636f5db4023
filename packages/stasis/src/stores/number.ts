/** The number in the text and `by` more, where both are whole and exact. */
export function incremented(text: string, by: number): number | undefined {
  if (!/^-?\d+$/.test(text)) return undefined
  const sum = Number(text) + by
  return Number.isSafeInteger(sum) ? sum : undefined
}
