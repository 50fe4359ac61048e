-- Writes a row as it stands, unless it stands there already; what another engine, or this one, has exported.
local function another(what, id) return 'A' .. what .. '\0' .. id end

local rows = {}

function rows.F()
  local given = take()
  local lease = call('HMGET', K.lease, 'owner', 'fence')
  if not lease[1] then call('HSET', K.lease, 'owner', '') end
  if tonumber(given) > tonumber(lease[2] or 0) then call('HSET', K.lease, 'fence', given) end
  return true
end

function rows.D()
  local bucket, key, version = take(), take(), take()
  local field, row = bucket .. '\0' .. key, version .. '\0' .. (take() == '1' and take() or '')
  local has = call('HGET', K.docs, field)
  if has then return has == row or another('document', bucket .. '/' .. key) end
  call('HSET', K.docs, field, row)
  call('ZADD', K.doc_keys, 0, field)
  return true
end

function rows.X()
  local x = takeExchange()
  x.was, x.had = readHead(x.id), {}
  if x.was.version ~= '0' then
    return x.was.packed == x.packed and call('HGET', K.exchanges, x.id) == x.body or another('exchange', x.id)
  end
  local fault = claimed(x, x.had)
  if fault then return fault end
  writeExchange(x)
  return true
end

function rows.L()
  local id, version, line = take(), take(), take()
  local prefix = id .. '\0' .. version .. '\0'
  local has = call('ZRANGEBYLEX', K.journal, '[' .. prefix, '(' .. id .. '\0' .. version .. '\1', 'LIMIT', 0, 1)
  if has[1] then return has[1] == prefix .. line or another('journal line', id .. ' ' .. version) end
  call('ZADD', K.journal, 0, prefix .. line)
  return true
end

function rows.T()
  local id, row = take(), take()
  local raw = take() == '1' and take()
  local has = call('HGET', K.items, id)
  if has then return has == row and call('HGET', K.raws, id) == raw or another('item', id) end
  insert(id, split(row), raw or nil)
  return true
end

function rows.K()
  local key, kept, received = take(), take(), take()
  local has = call('HGET', K.dedupe, key)
  if has then return has == kept or another('dedupe key', '') end
  call('HSET', K.dedupe, key, kept)
  call('ZADD', K.dedupe_times, 0, received .. '\0' .. key)
  return true
end

local function import()
  local answer = rows[take()]()
  return answer == true and '' or answer
end
