import type { Session } from '@gravito/orbit'

export const MAX_ITEMS = 20
export const MAX_ITEM_LENGTH = 60

export function itemsOf(session: Session): readonly string[] {
  return session.get<readonly string[]>('cart', [])
}

/**
 * Adds an item, or says why not. The look at the limit and the push are one step on the newest
 * data: overlapping adds all count, and together they keep to the limit.
 */
export async function addItem(session: Session, item: string): Promise<string | undefined> {
  if (item === '') return 'Type an item to add.'
  if (item.length > MAX_ITEM_LENGTH) return `An item has at most ${MAX_ITEM_LENGTH} characters.`
  const isAdded = await session.atomically((data) => {
    const items = data.get<readonly string[]>('cart', [])
    if (items.length >= MAX_ITEMS) return false
    data.push('cart', item)
    return true
  })
  return isAdded ? undefined : `The cart is full: it holds ${MAX_ITEMS} items. Empty it first.`
}
