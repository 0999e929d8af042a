// What Redis does in one step. Every script touches keys of one hash slot, so that a cluster can run it. Times are by the
// clock of Redis, except for the limits of a session, which are points in time.

/**
 * A session is a hash of two fields, because each costs Redis some 70 bytes: `blob`, and `state`, which is JSON of
 * [version, lastSeenAt, idleUntil, absoluteUntil, sub, sid, rest]. Lua keeps 14 digits of a number, and times have 13.
 */
const STATE = `
local function whole(number) return string.format('%.0f', number) end
local function read()
  local state = redis.call('HGET', KEYS[1], 'state')
  return state and cjson.decode(state)
end
local function write(state, ...)
  redis.call('HSET', KEYS[1], 'state', cjson.encode(state), ...)
  redis.call('PEXPIREAT', KEYS[1], whole(math.min(state[3], state[4])))
end`

/** KEYS: session. ARGV: state, blob. → 1, or 0 if the key is taken. */
export const CREATE = `${STATE}
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
write(cjson.decode(ARGV[1]), 'blob', ARGV[2])
return 1`

/** KEYS: session. → { state, blob }, both nil if there is none. */
export const GET = `return redis.call('HMGET', KEYS[1], 'state', 'blob')`

/**
 * KEYS: session. ARGV: state with the expected version, blob, whether its indexes are right.
 * → 1, or 0 if it is not there in this version, or the state of now if it must be in other indexes first.
 */
export const REPLACE = `${STATE}
local old, new = read(), cjson.decode(ARGV[1])
if not old or old[1] ~= new[1] then return 0 end
if ARGV[3] ~= 'indexed' and (old[4] ~= new[4] or old[5] ~= new[5] or old[6] ~= new[6]) then
  return cjson.encode(old)
end
new[1] = old[1] + 1
new[2] = math.max(old[2], new[2])
new[3] = math.max(old[3], new[3])
write(new, 'blob', ARGV[2])
return 1`

/** KEYS: session. ARGV: lastSeenAt, idleUntil. It reads first, for HSET makes a session of a key that ended. */
export const TOUCH = `${STATE}
local state = read()
if not state then return 0 end
state[2] = math.max(state[2], tonumber(ARGV[1]))
state[3] = math.max(state[3], tonumber(ARGV[2]))
write(state)
return 1`

/** KEYS: session. ARGV: a place in the state and what must stand there, or nothing. → { state, blob } of what was deleted. */
export const DELETE = `${STATE}
local state = read()
if not state or ARGV[1] and tostring(state[tonumber(ARGV[1])]) ~= ARGV[2] then return { false, false } end
local deleted = redis.call('HMGET', KEYS[1], 'state', 'blob')
redis.call('DEL', KEYS[1])
return deleted`

/** KEYS: index. ARGV: session key, its absolute limit. The index is in order of those, and forgets what is past. */
export const INDEX = `${STATE}
local time = redis.call('TIME')
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', whole(time[1] * 1000))
local last = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')
if last[2] then redis.call('PEXPIREAT', KEYS[1], whole(tonumber(last[2]))) end
return 1`

/** KEYS: index. → the keys of its sessions; of some that ended by themselves, too. */
export const INDEXED = `return redis.call('ZRANGE', KEYS[1], 0, -1)`

/** KEYS: index. ARGV: session key. */
export const UNINDEX = `return redis.call('ZREM', KEYS[1], ARGV[1])`

/** KEYS: lease. ARGV: token, duration. */
export const LEASE = `
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`

/** KEYS: lease. ARGV: token, duration. */
export const RENEW = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`

/** KEYS: lease. ARGV: token. */
export const RELEASE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`

/** KEYS: name. ARGV: duration. */
export const ONCE = `
if redis.call('SET', KEYS[1], '1', 'NX', 'PX', ARGV[1]) then return 1 end
return 0`

/** KEYS: name. ARGV: duration. */
export const MARK = `redis.call('SET', KEYS[1], '1', 'PX', ARGV[1])`

/** KEYS: name. → ms, or less than 0 if it is free. */
export const TAKEN = `return redis.call('PTTL', KEYS[1])`
