-- Announces an owner, by the clock of this Redis, and forgets those whose time is over.
--
-- KEYS: who is announced, and until when.
-- ARGV: the owner, and the time to live in microseconds; 0 takes the announcement back.
-- Answers: all who are announced.
local clock = redis.call('TIME')
local now, ttl = clock[1] * 1000000 + clock[2], tonumber(ARGV[2])

if ttl > 0 then
  redis.call('ZADD', KEYS[1], string.format('%.0f', now + ttl), ARGV[1])
else
  redis.call('ZREM', KEYS[1], ARGV[1])
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))
return redis.call('ZRANGE', KEYS[1], 0, -1)
