/** Returns the number in the string plus `by`. `undefined` if the number or the sum is not a safe integer. */
export function incremented(text: string, by: number): number | undefined {
  if (!/^-?\d+$/.test(text)) return undefined
  const sum = Number(text) + by
  return Number.isSafeInteger(sum) ? sum : undefined
}
