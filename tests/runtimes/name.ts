/** What `process.versions` says of the runtime, as in `Node 24.21.0`: all three know a Node's. */
export function runtimeOf({
  bun,
  deno,
  node,
}: Readonly<Record<string, string | undefined>>): string {
  if (bun !== undefined) return `Bun ${bun}`
  return deno === undefined ? `Node ${node}` : `Deno ${deno}`
}
