import { session } from '@gravito/orbit'
import { Hono } from 'hono'

export const app = new Hono()
app.use(session())
app.get('/me', (c) => c.json({ userId: c.get('session').get('userId', null) }))
