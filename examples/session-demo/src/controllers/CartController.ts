import type { Context } from 'hono'
import { addItem, itemsOf } from '../cart.ts'
import { formText, jsonText } from '../input.ts'
import { cartPage } from '../pages/cart.ts'
import { frameOf } from '../pages/frame.ts'

export class CartController {
  page(c: Context) {
    return c.html(cartPage(frameOf(c), itemsOf(c.get('session'))))
  }

  /** Handles the form. Redirects back to the page, which shows the result. */
  async add(c: Context) {
    const session = c.get('session')
    const item = await formText(c, 'item')
    await addItem(session, item)
    session.flash('success', `Added: ${item}.`)
    return c.redirect('/cart', 303)
  }

  /** Handles `fetch`. Returns the current list. */
  async addAsJson(c: Context) {
    const session = c.get('session')
    await addItem(session, await jsonText(c, 'item'))
    return c.json({ items: itemsOf(session) })
  }

  empty(c: Context) {
    const session = c.get('session')
    session.forget('cart')
    session.flash('success', 'The cart is empty.')
    return c.redirect('/cart', 303)
  }
}
