import { createHash } from 'node:crypto'
import { minimumSecretBytes } from '../../keys.ts'
import { coverInLua } from './cover.ts'
import { widthOfATime, widthOfTimes } from './format.ts'

/** A script on one key, and the name by which the server remembers it. */
export interface Script {
  readonly text: string
  readonly sha1: string
}

/** What stands for no owner and no successor, as in the stored line. */
export const noOwner = '!'

/**
 * `standing(now)`: what the line before the payload says of the record that has not expired, or nil.
 * With handles and marks of the usual length the line is in the first piece.
 */
const record = `
local function standing(now)
  local head = redis.call('GETRANGE', KEYS[1], 0, 1023)
  if head == '' then return nil end
  if not string.find(head, '\\n', 1, true) then head = redis.call('GET', KEYS[1]) end
  local format, expires, created, version, birth, owner, successor =
    string.match(head, '^([01]) (%S+) +%S+ +(%S+) (%S+) (%S+) (%S+) (%S+)')
  if not expires then error('a session in a format that this version does not know') end
  expires = tonumber(expires)
  if expires <= tonumber(now) then return nil end
  return { pending = format == '0', expires = expires, created = tonumber(created),
    version = version, birth = birth, owner = owner, sealed = successor ~= '!', times = string.sub(head, 3, ${2 + widthOfTimes}) }
end
`

/**
 * `uncovered(r, created, expires)`: what to prolong in the owner's index before the record may live
 * that long, or nil.
 */
const cover = `${coverInLua}
local function uncovered(r, created, expires)
  if r.owner == '!' then return nil end
  local needed = cover(created, expires)
  if needed <= cover(r.created, r.expires) then return nil end
  return { r.owner, r.birth, string.format('%.0f', needed) }
end
`

/**
 * `forward(r, times, ttl, keep)`: moves the two times of what is stored now, but neither of them back; `keep`
 * is the time to live that the record had.
 */
const forward = `
local function later(a, b) if tonumber(a) < tonumber(b) then return b end return a end
local function forward(r, times, ttl, keep)
  local expires = later(string.sub(times, 1, ${widthOfATime}), string.sub(r.times, 1, ${widthOfATime}))
  local active = later(string.sub(times, ${-widthOfATime}), string.sub(r.times, ${-widthOfATime}))
  redis.call('SETRANGE', KEYS[1], 2, expires .. ' ' .. active)
  redis.call('PEXPIRE', KEYS[1], later(ttl, keep))
end
`

/** `now`: the server's clock, so that those of several machines are not compared. */
const index = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`

/** Milliseconds that a sign-in may take from its first command to its last. */
export const underWay = 60_000
/** Entries that nobody has looked after for so long are looked after when there are so many. */
const overdue = { after: 60 * 60_000, count: 32 }

/** ARGV: now, value, ttl. */
export const create = script(`${record}
local r = standing(ARGV[1])
if r and not r.pending then return 'exists' end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 'created'
`)

/** ARGV: version, ttl. Makes a pending record one that is there; not if it was ended meanwhile. */
export const confirm = script(`${record}
local r = standing('0')
if not r then return 'revoked' end
if r.version ~= ARGV[1] then return 'exists' end
redis.call('SETRANGE', KEYS[1], 0, '1')
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 'created'
`)

/**
 * ARGV: now, version, whether the index is known to cover it, ttl, expiresAt, createdAt, value, both
 * times as stored or '' for a seal.
 */
export const replace = script(`${record}${cover}${forward}
local r = standing(ARGV[1])
if not r or r.pending then return 'gone' end
if r.version ~= ARGV[2] then return 'conflict' end
local first = ARGV[3] == '0' and uncovered(r, tonumber(ARGV[6]), tonumber(ARGV[5]))
if first then return first end
local keep = redis.call('PTTL', KEYS[1])
redis.call('SET', KEYS[1], ARGV[7], 'PX', ARGV[4])
if ARGV[8] ~= '' then forward(r, ARGV[8], ARGV[4], keep) end
return 'replaced'
`)

/** ARGV: now, version, whether the index is known to cover it, ttl, expiresAt, both times as stored. */
export const touch = script(`${record}${cover}${forward}
local r = standing(ARGV[1])
if not r or r.pending or r.version ~= ARGV[2] then return 'no' end
local first = ARGV[3] == '0' and uncovered(r, r.created, tonumber(ARGV[5]))
if first then return first end
forward(r, ARGV[6], ARGV[4], redis.call('PTTL', KEYS[1]))
return 'touched'
`)

/**
 * ARGV: now, version or '', owner or ''. Removes pending and, of an owner, expired records too, which
 * by another machine's clock may not have expired. Says what it was and whose.
 */
export const destroy = script(`${record}
local r = standing('0')
if not r then return false end
local expired = r.expires <= tonumber(ARGV[1])
if ARGV[2] ~= '' and r.version ~= ARGV[2] then return false end
if ARGV[3] ~= '' and r.owner ~= ARGV[3] then return false end
if ARGV[3] == '' and expired then return false end
redis.call('DEL', KEYS[1])
local kind = (expired or r.pending) and 'absent' or r.sealed and 'sealed' or 'live'
return { kind, r.birth, r.owner }
`)

/**
 * ARGV: a secret that is to go, what takes its place. So does what is no text, or not read as it stands,
 * and is not as long as a secret is.
 */
export const swap = script(`
local standing = redis.pcall('GET', KEYS[1])
if type(standing) ~= 'string' or standing == ARGV[1] or #standing < ${minimumSecretBytes} then
  redis.call('SET', KEYS[1], ARGV[2])
end
return 1
`)

/*
 * The index of an owner is a sorted set of entries. The score is when the entry was made or last
 * found to have a record, by the server's clock.
 */

/** ARGV: entry, ttl. Returns what is overdue to be looked after. */
export const enter = script(`${index}
redis.call('ZADD', KEYS[1], now, ARGV[1])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
local limit = ${overdue.count}
local found = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - ${overdue.after}, 'LIMIT', 0, limit)
return #found == limit and found or {}
`)

/**
 * ARGV: whether their records are there, then the entries. Those without one go, but for those of
 * sign-ins that may be under way.
 */
export const lookAfter = script(`${index}
for place = 2, #ARGV do
  local score = redis.call('ZSCORE', KEYS[1], ARGV[place])
  if score and tonumber(score) <= now - ${underWay} then
    if ARGV[1] == '1' then redis.call('ZADD', KEYS[1], now, ARGV[place])
    else redis.call('ZREM', KEYS[1], ARGV[place]) end
  end
end
return 1
`)

function script(body: string): Script {
  const text = body.trim()
  return { text, sha1: createHash('sha1').update(text).digest('hex') }
}
