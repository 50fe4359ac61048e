-- Takes, renews or gives up the lease of a connection, by the clock of this Redis.
--
-- ARGV: the owner, and the time to live in microseconds; 0 gives up.
-- Answers: the fence, or "held".
local clock = redis.call('TIME')
local now, ttl = clock[1] * 1000000 + clock[2], tonumber(ARGV[2])
local lease = redis.call('HMGET', K.lease, 'owner', 'fence', 'until', 'ttl')
local owner, fence, ends, time = lease[1] or '', tonumber(lease[2] or 0), tonumber(lease[3] or 0), tonumber(lease[4] or 0)
local mine = owner == ARGV[1]

if not mine and owner ~= '' and ends > now then
  -- One that ends later than if it was renewed just now is of before the clock was set back, or of a Redis whose
  -- clock is ahead: its owner renews it within its time, if it is alive.
  if ends > now + time then redis.call('HSET', K.lease, 'until', string.format('%.0f', now + time)) end
  return 'held'
end
if ttl <= 0 then
  if mine then redis.call('HSET', K.lease, 'owner', '', 'until', 0) end
  return string.format('%d', fence)
end
-- After a failover to a replica that lacks the newest lease, the last fence may have been given out already:
-- one that is the time of its making is not given out twice.
if not mine then fence = math.max(fence + 1, now) end
redis.call('HSET', K.lease, 'owner', ARGV[1], 'fence', string.format('%d', fence), 'until', string.format('%.0f', now + ttl), 'ttl', ttl)
return string.format('%d', fence)
