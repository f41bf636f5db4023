import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'

/** Returns whether the client accepts HTML. */
export function wantsPage(c: Context): boolean {
  return c.req.header('Accept')?.includes('text/html') ?? false
}

/** Returns a field of the form, trimmed. Returns '' if it is absent or a file. */
export async function formText(c: Context, name: string): Promise<string> {
  const body = await c.req.parseBody().catch(unreadable)
  return textOf(body[name])
}

/** Returns a property of the JSON body, trimmed. Returns '' if it is absent or not a string. */
export async function jsonText(c: Context, name: string): Promise<string> {
  const body: unknown = await c.req.json().catch(unreadable)
  return typeof body === 'object' && body !== null ? textOf(Reflect.get(body, name)) : ''
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.trim() : ''
}

function unreadable(cause: unknown): never {
  throw new HTTPException(400, { message: 'The body of the request cannot be read.', cause })
}
