import { ValidationError } from 'gravito-core'
import type { Context } from 'hono'
import { formText } from '../input.ts'
import { frameOf } from '../pages/frame.ts'
import { MAX_MESSAGE_LENGTH, messagesPage } from '../pages/messages.ts'

export class MessageController {
  page(c: Context) {
    return c.html(messagesPage(frameOf(c)))
  }

  async flash(c: Context) {
    const message = await formText(c, 'message')
    if (message === '') throw new ValidationError({ message: 'Enter a message.' })
    if (message.length > MAX_MESSAGE_LENGTH) {
      const problem = `A message has at most ${MAX_MESSAGE_LENGTH} characters.`
      throw new ValidationError({ message: problem })
    }
    c.get('session').flash('success', message)
    return c.redirect('/messages', 303)
  }
}
