/**
 * The protocol of a commit in one table: the step depends on what the request wants and on what the store has now.
 * `situation.ts` finds the cell, and `commit.ts` does the step in the cell. If another request was faster,
 * `commit.ts` reads the store again and uses this table again.
 *
 * A model with random interleavings showed what each part prevents. Without following moves, a late request
 * undid a sign-out. Without the redirect under a visitor's id, a parallel response overwrote a first sign-in.
 * Without instances, an old cookie opened a later session. Without dropping changes after an end, old data
 * appeared in a new session.
 */
export type Want =
  /** Ordinary changes. */
  | 'write'
  /** Changes that need the latest data of the session, so that one of several requests wins. */
  | 'at once'
  /** A new id with the same owner, or with none. */
  | 'move'
  /** A new id with an owner who has just signed in. The owner may be the same as before. */
  | 'login'
  /** The end of the session. */
  | 'end'

export type Place =
  /** An id that was made for this request. No browser has it yet. */
  | 'a new id'
  /** The request has loaded a record, and the record is still there. */
  | 'its record'
  /** The session of that record has moved to a new id. */
  | 'its record, moved'
  /** The record has ended or expired, has another instance, or moved to a session that has ended. */
  | 'its record, gone'
  /** The request has a visitor's id, which is only a key. There is no record under it. */
  | 'a key'
  /** A parallel request of the same visitor has stored a record under the key. */
  | 'a key, joinable'
  /** The record under the key is a session that this request must not see. */
  | "a key, a stranger's"
  /** The session that was under the key has moved to a new id. */
  | 'a key, moved'
  /** The session under the key ended during this request. */
  | 'a key, ended meanwhile'
  /** The session under the key ended before this request began. */
  | 'a key, ended before'
  /** The request has ended its own session, and changed something afterwards. */
  | 'after its own end'

export type Step =
  /** Create a record under the id that the request has. */
  | 'create'
  /** Create a record under a new id, and leave a redirect under the visitor's or the derived id. */
  | 'create and redirect'
  /** Create a record under a new id, without a redirect. */
  | 'create elsewhere'
  /** Write the changes to the record. */
  | 'rewrite'
  /** Move the session to a new id, with the changes. */
  | 'move'
  /** The same, without the data of the record. */
  | 'move without data'
  /** The same, from the record at the end of the moves. */
  | 'move from the end'
  /** Re-apply the changes to the session under its new id. */
  | 'rebase'
  /** Start another session with only the changes, like a visitor whose id is derived from the dead one. */
  | 'start alone'
  /** End the record. */
  | 'end it'
  /** End the session at the end of the moves. */
  | 'end the end'
  /** Drop the changes. They are treated as if they were made before the end. */
  | 'drop'
  | 'nothing'
  /** 409: the session has a new id. */
  | 'refuse: moved'
  /** 409: the session has ended. */
  | 'refuse: ended'

/** The facts that decide in cells with two possible steps. */
export interface Facts {
  /** The request began before the move, its owner is the same at both ends, and it does not `clear`. */
  readonly mayRebase: () => boolean
  /** The session at the end of the moves has the owner that the login sets. */
  readonly endIsOwn: boolean
  /** The session at the end of the moves has the owner that the request began with. */
  readonly sameOwner: boolean
  /** The record is under an id derived from a dead one, and was created after this login began. */
  readonly mayMoveOn: boolean
  /** The changes set another owner, or none, or the handler has asked for a new id. */
  readonly needsNewId: boolean
}

type Cell = Step | ((facts: Facts) => Step)

const rebase: Cell = ({ mayRebase }) => (mayRebase() ? 'rebase' : 'refuse: moved')
const rewrite: Cell = ({ needsNewId }) => (needsNewId ? 'move' : 'rewrite')
const create: Cell = ({ needsNewId }) => (needsNewId ? 'create and redirect' : 'create')

const columns = ['write', 'at once', 'move', 'login', 'end'] as const

// biome-ignore format: a table
const table: Record<Place, readonly [Cell, Cell, Cell, Cell, Cell]> = {
  //                         write               at once             move                   login                  end
  'a new id':               ['create',           'create',           'create',              'create',              'nothing'],
  'its record':             ['rewrite',          rewrite,            'move',                'move',                'end it'],
  'its record, moved':      [rebase,             'refuse: moved',    rebase,                ownEnd('start alone'), endTheEnd],
  'its record, gone':       ['drop',             'refuse: ended',    'drop',                'start alone',         'nothing'],
  'a key':                  ['create',           create,             'create and redirect', 'create and redirect', 'nothing'],
  'a key, joinable':        ['rewrite',          rewrite,            'move',                'move',                'nothing'],
  "a key, a stranger's":    ['create elsewhere', 'create elsewhere', 'create elsewhere',    moveOn,                'nothing'],
  'a key, moved':           [rebase,             'refuse: moved',    rebase,                ownEnd('create elsewhere'), 'nothing'],
  'a key, ended meanwhile': ['drop',             'refuse: ended',    'drop',                'create and redirect', 'nothing'],
  'a key, ended before':    ['create elsewhere', 'create elsewhere', 'create and redirect', 'create and redirect', 'nothing'],
  'after its own end':      ['create and redirect', 'create and redirect', 'create and redirect', 'create and redirect', 'nothing'],
}

function ownEnd(otherwise: Step): Cell {
  return ({ endIsOwn }) => (endIsOwn ? 'move from the end' : otherwise)
}

function endTheEnd({ sameOwner }: Facts): Step {
  return sameOwner ? 'end the end' : 'refuse: moved'
}

function moveOn({ mayMoveOn }: Facts): Step {
  return mayMoveOn ? 'move without data' : 'create elsewhere'
}

/** The next step of a commit. Pure. */
export function decide(place: Place, want: Want, facts: Facts): Step {
  const cell = table[place][columns.indexOf(want)] ?? 'nothing'
  return typeof cell === 'string' ? cell : cell(facts)
}
