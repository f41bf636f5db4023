import type { Session } from '@gravito/orbit'
import { ValidationError } from 'gravito-core'

export const MAX_ITEMS = 20
export const MAX_ITEM_LENGTH = 60

export function itemsOf(session: Session): readonly string[] {
  return session.get<readonly string[]>('cart', [])
}

/**
 * Adds an item, or throws an error with the reason. `atomically` checks the limit and adds the item in one
 * step on the latest data. So overlapping requests lose no item and cannot exceed the limit.
 */
export async function addItem(session: Session, item: string): Promise<void> {
  if (item === '') throw refused('Enter an item.')
  if (item.length > MAX_ITEM_LENGTH) {
    throw refused(`An item has at most ${MAX_ITEM_LENGTH} characters.`)
  }
  const isAdded = await session.atomically((data) => {
    const items = data.get<readonly string[]>('cart', [])
    if (items.length >= MAX_ITEMS) return false
    data.push('cart', item)
    return true
  })
  if (!isAdded)
    throw refused(`The cart is full: it holds ${MAX_ITEMS} items. Empty the cart first.`)
}

/** For a form, the kernel shows the page again with the message next to the field. `fetch` gets only the message. */
function refused(problem: string): ValidationError {
  return new ValidationError({ item: problem }, problem)
}
