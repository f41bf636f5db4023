/** The number in the string plus `by`, if both are safe integers. */
export function incremented(text: string, by: number): number | undefined {
  if (!/^-?\d+$/.test(text)) return undefined
  const sum = Number(text) + by
  return Number.isSafeInteger(sum) ? sum : undefined
}
