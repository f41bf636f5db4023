import type { SessionOptions } from '@gravito/orbit'
import type { Client } from './client.ts'
import { setting } from './setting.ts'

export const urlencoded = 'application/x-www-form-urlencoded'

/** An app that returns what its handlers read from a form. */
export function formed(csrf: SessionOptions['csrf'] = {}) {
  const world = setting({ csrf })
  const { app } = world
  app.post('/form', async (c) => c.json(await c.req.parseBody({ all: true })))
  app.post('/text', async (c) => c.text(await c.req.text()))
  app.post('/raw', async (c) => c.json([...new Uint8Array(await c.req.raw.arrayBuffer())]))
  app.post('/file', async (c) => {
    const { file } = await c.req.parseBody()
    return c.json(file instanceof File ? [file.name, file.type, await file.text()] : null)
  })
  app.post('/unread', (c) => c.text('unread'))
  return world
}

/** `passed`, or the reason of the refusal. */
export async function reasonOf(response: Response): Promise<string> {
  if (response.status === 200) return 'passed'
  const { error }: { error?: { reason?: string } } = Object(await response.json())
  return error?.reason ?? `${response.status}`
}

export const encoded = (client: Client, body: string, type = urlencoded) =>
  client.send('POST', '/form', { body, headers: { 'Content-Type': type } })

export function multipart(fields: Record<string, string | File>): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  return form
}
