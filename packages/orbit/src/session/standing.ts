import { handleOf } from './id.ts'
import { find, type Lookup } from './lookup.ts'
import { hasLeftOwner, type State } from './state.ts'

/**
 * True if no other request moved, ended or created the session since this one last looked. A record under an
 * id derived from a dead one does not prevent a new token: the response with its cookie may get lost, and
 * without a token the user could not sign in.
 */
export async function stillStands(engine: Lookup, state: State, wrote: boolean): Promise<boolean> {
  try {
    if (state.kind === 'live') {
      const { key, record } = state.stored
      if ((await find(engine, key, record.instance)).kind !== 'live') return false
      const { derived } = state
      return derived === undefined || (await find(engine, handleOf(derived))).kind === 'nothing'
    }
    if (state.kind !== 'visitor' || state.isLate) return false
    const random = state.from === 'new' ? state.derived : state.random
    if (random === undefined) return true
    const { kind } = await find(engine, handleOf(random))
    return kind === 'nothing' || (kind === 'live' && state.from === 'dead')
  } catch (error) {
    // If a session was stored but its cookie cannot be set, the response must be an error. A sign-out is different:
    // the browser needs new cookies, because with the old ones each form would be refused.
    if (wrote && state.kind === 'live') throw error
    return wrote && hasLeftOwner(state)
  }
}
