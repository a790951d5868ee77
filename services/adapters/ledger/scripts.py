"""What runs inside Redis for a ledger, each in one atomic step.

A counter is a hash: `used` is what the journal holds as of `version`, `open` the sum of the
reservations that are on their way to the journal, `take:<id>` each of them with the millisecond
at which it is forgotten. A counter whose `epoch` is not the current one counts as missing. All
numbers are integers below 2^53, written as strings.

What a script is told comes as one JSON text, names of counters included: a client packs one long
argument in a hundredth of the time of many short ones. The names are in the slot of the first key.
"""

_END_TAKE = """
local function end_take(key, id)
  local take = redis.call('HGET', key, 'take:' .. id)
  if take then
    redis.call('HDEL', key, 'take:' .. id)
    redis.call('HINCRBY', key, 'open', -string.match(take, '^(%d+):'))
  end
end
"""

TAKE = """
-- KEYS: the epoch; ARGV: {id, lifetime in ms, {{counter, amount, limit}, ...}}.
-- Gives nothing when taken, else which counter (from 1) had no room and what is used of it.
local epoch = redis.call('GET', KEYS[1])
if not epoch then return false end
local id, life, asked = unpack(cjson.decode(ARGV[1]))
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local function forget_old(key)
  local freed = 0
  local fields = redis.call('HGETALL', key)
  for i = 1, #fields, 2 do
    if string.sub(fields[i], 1, 5) == 'take:' then
      local amount, until_ms = string.match(fields[i + 1], '^(%d+):(%d+)$')
      if tonumber(until_ms) < now then
        redis.call('HDEL', key, fields[i])
        redis.call('HINCRBY', key, 'open', -amount)
        freed = freed + amount
      end
    end
  end
  return freed
end

local known = {}
for i, each in ipairs(asked) do
  local key, amount, limit = each[1], tonumber(each[2]), tonumber(each[3])
  local held = redis.call('HMGET', key, 'epoch', 'used', 'open')
  if held[1] == epoch and amount > 0 then
    local used = held[2] + held[3]
    if used + amount > limit then used = used - forget_old(key) end
    if used + amount > limit then return {i, used} end
    known[#known + 1] = each
  end
end
local until_ms = string.format('%.0f', now + life)
for _, each in ipairs(known) do
  if redis.call('HSETNX', each[1], 'take:' .. id, each[2] .. ':' .. until_ms) == 1 then
    redis.call('HINCRBY', each[1], 'open', each[2])
  end
end
return false
"""

MIRROR = (
    _END_TAKE
    + """
-- KEYS: the epoch; ARGV: {a fresh epoch, {{counter, used, version, lifetime in ms, {the ids of
-- reservations that have come to the journal}}, ...}}.
local fresh, levels = unpack(cjson.decode(ARGV[1]))
local epoch = redis.call('GET', KEYS[1])
if not epoch then
  epoch = fresh
  redis.call('SET', KEYS[1], epoch)
end
for _, level in ipairs(levels) do
  local key, used, version, lifetime, ids = unpack(level)
  local held = redis.call('HMGET', key, 'epoch', 'version')
  if held[1] ~= epoch then
    redis.call('DEL', key)
    redis.call('HSET', key, 'epoch', epoch, 'used', used, 'version', version, 'open', '0')
  elseif tonumber(held[2]) < tonumber(version) then
    redis.call('HSET', key, 'used', used, 'version', version)
  end
  for _, id in ipairs(ids) do end_take(key, id) end
  redis.call('PEXPIRE', key, lifetime)
end
"""
)

GIVE_BACK = (
    _END_TAKE
    + """
-- KEYS: the epoch; ARGV: {the id of a reservation that will never come to the journal,
-- {counter, ...}}.
local id, counters = unpack(cjson.decode(ARGV[1]))
for _, key in ipairs(counters) do end_take(key, id) end
"""
)
