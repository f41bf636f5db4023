/** Keeps the process from everything else, as a long computation does. */
export function standStill(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}
