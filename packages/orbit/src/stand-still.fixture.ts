/** Blocks the event loop, as a long computation does. */
export function standStill(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}
