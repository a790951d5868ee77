"""What runs inside Redis for a cache, each in one atomic step."""

INCREASE = """
-- KEYS: the counter; ARGV: by, lifetime in ms. The lifetime starts with the first.
local n = redis.call('INCRBY', KEYS[1], ARGV[1])
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return n
"""

TAKE_FROM_BUCKET = """
-- KEYS: the bucket; ARGV: whole ms from one token to the next, burst. Gives the ms to wait.
-- The bucket is kept as the time after which it is full again, and that is the key's lifetime.
local interval = tonumber(ARGV[1])
local until_full = math.max(redis.call('PTTL', KEYS[1]), 0)
local wait = until_full + interval - ARGV[2] * interval
if wait > 0 then return wait end
redis.call('SET', KEYS[1], '', 'PX', until_full + interval)
return 0
"""

BOARD = """
-- KEYS: the value, the lock; ARGV: my token, lease in ms, the token that I wait for or ''.
-- Gives {'value', it}, {'handed', it}, {'mine'} (I make it) or {'wait', the maker's token}.
local value = redis.call('GET', KEYS[1])
if value then return {'value', value} end
local holder = redis.call('GET', KEYS[2])
if ARGV[3] ~= '' and holder ~= ARGV[3] then
  local handed = redis.call('GET', KEYS[2] .. ':' .. ARGV[3])
  if handed then return {'handed', handed} end
end
if holder then return {'wait', holder} end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return {'mine'}
"""

RENEW = """
-- KEYS: the lock; ARGV: my token, lease in ms. Gives 0 once it is somebody else's.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""

LAND = """
-- KEYS: the value, the lock; ARGV: my token, the value, its lifetime in ms, for how many ms it is
-- handed to those who wait (0: they find it). Once the lock is somebody else's it stays out.
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return end
if tonumber(ARGV[3]) > 0 then redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
if tonumber(ARGV[4]) > 0 then
  redis.call('SET', KEYS[2] .. ':' .. ARGV[1], ARGV[2], 'PX', ARGV[4])
end
redis.call('DEL', KEYS[2])
"""

LEAVE = """
-- KEYS: the lock; ARGV: my token. Lets go of a lock that is still mine.
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
"""
