-- Drops what is past its time in one connection.
--
-- ARGV: how many rows at most; the times before which ignored rows, parked items, raw bodies and dedupe keys
-- are past theirs.
-- Answers: how many of each, in that order.
local left = tonumber(ARGV[1])

-- each takes what stands in key before a time: the rest of each member, after its own time.
local function each(key, before, use)
  local n = 0
  if left <= 0 then return n end
  for _, member in ipairs(call('ZRANGEBYLEX', key, '-', '(' .. before, 'LIMIT', 0, left)) do
    use(sub(member, 21), member)
    left, n = left - 1, n + 1
  end
  return n
end

local ignored = each(K.ignored, ARGV[2], function(id) drop(id, split(call('HGET', K.items, id))) end)
local parked = each(K.parked_until, ARGV[3], function(id)
  local was = split(call('HGET', K.items, id))
  if FORGOTTEN[was[REASON]] then return drop(id, was) end
  local f = changed(was)
  f[STATE], f[REASON] = 'dead', PARKED_TOO_LONG
  replace(id, was, f)
end)
local bodies = each(K.raw_times, ARGV[4], function(id, member)
  call('HDEL', K.raws, id)
  call('ZREM', K.raw_times, member)
end)
local keys = each(K.dedupe_times, ARGV[5], function(key, member)
  call('HDEL', K.dedupe, key)
  call('ZREM', K.dedupe_times, member)
end)
return { ignored, parked, bodies, keys }
