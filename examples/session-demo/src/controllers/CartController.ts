import type { Context } from 'hono'
import { addItem, itemsOf } from '../cart.ts'
import { formText, jsonText } from '../input.ts'
import { cartPage } from '../pages/cart.ts'
import { frameOf } from '../pages/frame.ts'

export class CartController {
  page(c: Context) {
    return c.html(cartPage(frameOf(c), itemsOf(c.get('session'))))
  }

  /** For the form: back to the page, which says how it went. */
  async add(c: Context) {
    const session = c.get('session')
    const item = await formText(c, 'item')
    const problem = await addItem(session, item)
    if (problem === undefined) session.flash('success', `Added: ${item}.`)
    else session.flash('error', problem)
    return c.redirect('/cart', 303)
  }

  /** For `fetch`: the list as it is now. */
  async addAsJson(c: Context) {
    const session = c.get('session')
    const problem = await addItem(session, await jsonText(c, 'item'))
    if (problem === undefined) return c.json({ items: itemsOf(session) })
    return c.json({ success: false, error: { code: 'item-refused', message: problem } }, 422)
  }

  empty(c: Context) {
    const session = c.get('session')
    session.forget('cart')
    session.flash('success', 'The cart is empty.')
    return c.redirect('/cart', 303)
  }
}
