-- Announces an owner, by the clock of this Redis, and forgets those whose time is over.
--
-- KEYS: who is announced: until when and for how long, in microseconds.
-- ARGV: the owner, and the time to live in microseconds; 0 takes the announcement back.
-- Answers: all who are announced.
local clock = redis.call('TIME')
local now, ttl = clock[1] * 1000000 + clock[2], tonumber(ARGV[2])

local function announce(owner, time)
  redis.call('HSET', KEYS[1], owner, string.format('%.0f %.0f', now + time, time))
end

if ttl > 0 then
  announce(ARGV[1], ttl)
else
  redis.call('HDEL', KEYS[1], ARGV[1])
end
local alive, all = {}, redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local owner, ends, time = all[i], string.match(all[i + 1], '^(%d+) (%d+)$')
  ends, time = tonumber(ends), tonumber(time)
  if ends <= now then
    redis.call('HDEL', KEYS[1], owner)
  else
    alive[#alive + 1] = owner
    if ends > now + time then announce(owner, time) end -- the clock was set back
  end
end
return alive
