import type { Context } from 'hono'
import { formText } from '../input.ts'
import { frameOf } from '../pages/frame.ts'
import { MAX_MESSAGE_LENGTH, messagesPage } from '../pages/messages.ts'

export class MessageController {
  page(c: Context) {
    return c.html(messagesPage(frameOf(c)))
  }

  async flash(c: Context) {
    const session = c.get('session')
    const message = await formText(c, 'message')
    if (message === '') session.flash('error', 'Type a message to flash.')
    else if (message.length > MAX_MESSAGE_LENGTH) {
      session.flash('error', `A message has at most ${MAX_MESSAGE_LENGTH} characters.`)
    } else session.flash('success', message)
    return c.redirect('/messages', 303)
  }
}
