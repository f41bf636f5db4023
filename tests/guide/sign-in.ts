import { expect } from 'vitest'
import { type Launch, startServer } from './server.ts'
import { Visitor } from './visitor.ts'

/** The shortest test of sessions: a visitor signs in and stays signed in. */
export async function expectSignIn(launch: (port: number) => Launch): Promise<void> {
  const server = await startServer(launch)
  try {
    const visitor = new Visitor(server.url)
    expect(await visitor.json('/me')).toEqual({ userId: null })
    await visitor.sendWithToken('POST', '/login')
    expect(await visitor.json('/me')).toEqual({ userId: 'user_123' })
  } finally {
    await server.stop()
  }
}
