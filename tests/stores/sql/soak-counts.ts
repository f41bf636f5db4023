/**
 * The number of writers in each process: of records that all writers change, of sessions, and of records that
 * soon expire.
 */
export const writers = { hot: 40, people: 40, short: 20 }

/** The records that all writers change. */
export const hotKeys = ['hot-1', 'hot-2', 'hot-3', 'hot-4']
