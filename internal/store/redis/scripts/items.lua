-- What the scripts share about items. A row is 13 fields, each ended by a zero byte, then the body.
local call, find, sub = redis.call, string.find, string.sub
local VERSION, KIND, STATE, RECEIVED, DUE, ATTEMPT, SIZE, GONE, EXCHANGE, REF, SOURCE, TOPIC, REASON, BODY =
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14

local ROW = string.rep('(%Z*)%z', BODY - 1) .. '(.*)'
local function split(row) return {string.match(row, ROW)} end
local function join(f) return table.concat(f, '\0') end

-- standing is where an item stands beside ids and times: key to member.
local function standing(id, f)
  local at, state = {}, f[STATE]
  if state == 'waiting' then
    at[K.todo] = f[KIND] .. '\0' .. f[DUE] .. '\0' .. id
  elseif state == 'parked' then
    at[K.parked] = f[REF] .. '\0' .. f[GONE] .. '\0' .. id
    at[K.parked_until] = (f[DUE] > f[RECEIVED] and f[DUE] or f[RECEIVED]) .. '\0' .. id
  elseif state == 'ignored' then
    at[K.ignored] = f[RECEIVED] .. '\0' .. id
  end
  if state ~= 'done' and state ~= 'ignored' then at[K.aside] = state .. '\0' .. id end
  if f[EXCHANGE] ~= '' then at[K.of] = f[EXCHANGE] .. '\0' .. id end
  return at
end

local function move(id, was, is)
  for key, member in pairs(was) do
    if is[key] ~= member then call('ZREM', key, member) end
  end
  for key, member in pairs(is) do
    if was[key] ~= member then call('ZADD', key, 0, member) end
  end
end

local function insert(id, f, raw)
  call('HSET', K.items, id, join(f))
  call('ZADD', K.ids, 0, id)
  call('ZADD', K.times, 0, f[RECEIVED] .. '\0' .. id)
  if raw then
    call('HSET', K.raws, id, raw)
    call('ZADD', K.raw_times, 0, f[RECEIVED] .. '\0' .. id)
  end
  move(id, {}, standing(id, f))
end

local function replace(id, was, f)
  call('HSET', K.items, id, join(f))
  move(id, standing(id, was), standing(id, f))
end

local function strip(id, f)
  call('HDEL', K.raws, id)
  call('ZREM', K.raw_times, f[RECEIVED] .. '\0' .. id)
end

local function drop(id, f)
  call('HDEL', K.items, id)
  call('ZREM', K.ids, id)
  call('ZREM', K.times, f[RECEIVED] .. '\0' .. id)
  strip(id, f)
  move(id, standing(id, f), {})
end

-- changed is a copy of f, one version on.
local function changed(f)
  local g = {unpack(f)}
  g[VERSION] = string.format('%d', f[VERSION] + 1)
  return g
end
