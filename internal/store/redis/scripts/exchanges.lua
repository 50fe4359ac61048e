-- What apply needs for exchanges. A head is version, stage, instant, raised and created, each ended by a
-- zero byte, then refs and names as they were packed.

local at = 4

-- take is the next argument.
local function take()
  at = at + 1
  return ARGV[at]
end

-- takeExchange reads the next version of an exchange.
local function takeExchange()
  local x = {id = take(), version = take(), stage = take(), instant = take(), raised = take(), created = take(), body = take()}
  local refs, names = {}, {}
  for i = 1, tonumber(take()) do refs[i] = take() end -- name, then s or c
  for i = 1, tonumber(take()) do names[i] = take() end
  x.refs, x.names, x.packed = refs, names, cmsgpack.pack({refs, names})
  x.entry = take() == '1' and take() or nil
  return x
end

local HEAD = string.rep('(%Z*)%z', 5) .. '(.*)'
local function readHead(id)
  local head = call('HGET', K.heads, id)
  if not head then return {version = '0', refs = {}, names = {}} end
  local f = {string.match(head, HEAD)}
  return {version = f[1], stage = f[2], raised = f[4], packed = f[6]}
end

local function known(ref)
  return #call('ZRANGEBYLEX', K.refs, '[' .. ref .. '\0', '(' .. ref .. '\1', 'LIMIT', 0, 1) > 0
end

-- claimed looks for another exchange that has a ref which x may then not have. Holders of one name are all
-- shared, or one claim: two are enough to see, since one of them may be x.
local function claimed(x, had)
  for i = 1, #x.refs, 2 do
    local name, kind = x.refs[i], x.refs[i + 1]
    if had[name] ~= kind then
      for _, member in ipairs(call('ZRANGEBYLEX', K.refs, '[' .. name .. '\0', '(' .. name .. '\1', 'LIMIT', 0, 2)) do
        local by = sub(member, #name + 2, -3)
        if by ~= x.id and (kind == 'c' or sub(member, -1) == 'c') then
          return 'R' .. name .. '\0' .. kind .. '\0' .. by
        end
      end
    end
  end
end

-- checkExchange says what speaks against x, or nothing. It reads what is stored into x.was.
local function checkExchange(x)
  local was = readHead(x.id)
  x.was = was
  if tonumber(x.version) ~= tonumber(was.version) + 1 then
    return 'Cexchange\0' .. x.id .. '\0' .. string.format('%d', x.version - 1)
  end
  if was.packed == x.packed then return end
  local had = {}
  if was.packed then
    local p = cmsgpack.unpack(was.packed)
    was.refs, was.names = p[1], p[2]
  end
  for i = 1, #was.refs, 2 do had[was.refs[i]] = was.refs[i + 1] end
  x.had = had
  return claimed(x, had)
end

local function writeNames(x)
  local had, has = {}, {}
  for _, name in ipairs(x.was.names) do had[name] = true end
  for _, name in ipairs(x.names) do
    has[name] = true
    if not had[name] then call('ZADD', K.names, 0, name .. '\0' .. x.id) end
  end
  for name in pairs(had) do
    if not has[name] then call('ZREM', K.names, name .. '\0' .. x.id) end
  end
end

-- writeRefs gives the names of refs that came, and of those that went.
local function writeRefs(x)
  local has, came, went = {}, {}, {}
  for i = 1, #x.refs, 2 do
    local name, kind = x.refs[i], x.refs[i + 1]
    local before = x.had[name]
    has[name] = true
    if before ~= kind then
      if before then call('ZREM', K.refs, name .. '\0' .. x.id .. '\0' .. before) end
      call('ZADD', K.refs, 0, name .. '\0' .. x.id .. '\0' .. kind)
      came[#came + 1] = name
    end
  end
  for name, kind in pairs(x.had) do
    if not has[name] then
      call('ZREM', K.refs, name .. '\0' .. x.id .. '\0' .. kind)
      went[#went + 1] = name
    end
  end
  return came, went
end

local function writeExchange(x)
  local was, id = x.was, x.id
  call('HSET', K.exchanges, id, x.body)
  call('HSET', K.heads, id, table.concat({x.version, x.stage, x.instant, x.raised, x.created, x.packed}, '\0'))
  if was.version == '0' then
    call('ZADD', K.xids, 0, id)
    call('ZADD', K.created, 0, x.created .. '\0' .. id)
  end
  if was.stage ~= x.stage then
    if was.stage then call('ZREM', K.stages, was.stage .. '\0' .. id) end
    call('ZADD', K.stages, 0, x.stage .. '\0' .. id)
  end
  if x.raised == '1' then
    call('ZADD', K.raised, 0, id)
  elseif was.raised == '1' then
    call('ZREM', K.raised, id)
  end
  if x.entry then call('ZADD', K.journal, 0, id .. '\0' .. string.format('%019d', x.version) .. '\0' .. x.entry) end
  if was.packed == x.packed then return {}, {} end
  writeNames(x)
  return writeRefs(x)
end
