/**
 * The name and version of the runtime, as in `Node 24.21.0`. All three runtimes report a version of
 * Node.
 */
export function runtimeOf({
  bun,
  deno,
  node,
}: Readonly<Record<string, string | undefined>>): string {
  if (bun !== undefined) return `Bun ${bun}`
  return deno === undefined ? `Node ${node}` : `Deno ${deno}`
}
