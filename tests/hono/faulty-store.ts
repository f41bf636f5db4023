import type { SessionOptions, SessionStore } from '@gravito/orbit'
import { newStore } from '../behaviour/store.ts'
import { Clock, setting } from './setting.ts'

/** A store whose writes fail while it is `down`, and wait while a gate is closed. */
export function faultyStore() {
  const clock = new Clock()
  const inner = newStore({ now: clock.now })
  const fault = { down: false, gate: Promise.resolve() }
  const refuse = () => {
    if (fault.down) throw new Error('connection to 10.0.0.7:6379 lost')
  }
  const store: SessionStore = {
    load: (key) => inner.load(key),
    compareAndSet: async (key, version, next) => {
      refuse()
      await fault.gate
      return inner.compareAndSet(key, version, next)
    },
    close: () => inner.close(),
  }
  return { clock, store, fault }
}

/** An app on such a store. */
export function faultySetting(options: SessionOptions = {}) {
  const { clock, store, fault } = faultyStore()
  return { ...setting({ store, now: clock.now, ...options }), clock, fault }
}
