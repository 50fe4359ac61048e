-- Does the operations of one connection that a round holds, in their order. Each reads and checks all that
-- may refuse it before it writes anything: Redis keeps what a script wrote before an error.
--
-- ARGV: the time now, the channel and the message that tell others of a commit, how many operations there
-- are, and the operations.
-- Answers: a result per operation (empty: done), nothing at all if all are done; or "register" if the
-- connection must be registered first. What a call answered is kept for a while under its id, so that the
-- same call sent again after a broken line answers the same. So a call always writes something: a Redis that
-- may not be written to, or that must wait for its replicas, cannot answer from what it happens to hold.
local now, results, fence, done = ARGV[1], {}, nil, 0

local before = call('GET', K.call)
if before then
  call('EXPIRE', K.call, REMEMBERED)
  return before == '' and {} or cmsgpack.unpack(before)
end
if not call('GET', K.mark) then return 'register' end

local function takeItem()
  local it = {id = take(), version = take(), dropped = take() == '1', row = take()}
  it.raw = take() == '1' and take() or nil
  return it
end

local function takeDoc()
  local d = {bucket = take(), key = take(), version = take()}
  d.body = take() == '1' and take() or nil
  d.field = d.bucket .. '\0' .. d.key
  return d
end

-- settle makes an item what it must be stored as: ignored without bodies, and a parked one awake if what it
-- waits for is so already, or dead if too many are parked.
local function settle(f, was)
  if f[STATE] == 'ignored' then
    f[BODY] = ''
  elseif f[STATE] == 'parked' then
    if known(f[REF]) ~= (f[GONE] == '1') then
      f[STATE] = 'waiting'
      if f[DUE] > now then f[DUE] = now end
    elseif not (was and was[STATE] == 'parked') and call('ZCARD', K.parked) >= MAX_PARKED then
      f[STATE], f[REASON] = 'dead', TOO_MANY_PARKED
    end
  end
end

local function wake(ref, gone)
  local prefix = ref .. '\0' .. gone
  for _, member in ipairs(call('ZRANGEBYLEX', K.parked, '[' .. prefix .. '\0', '(' .. prefix .. '\1')) do
    local id = sub(member, #prefix + 2)
    local was = split(call('HGET', K.items, id))
    local f = changed(was)
    f[STATE] = 'waiting'
    if f[DUE] > now then f[DUE] = now end
    replace(id, was, f)
  end
end

-- ours reports whether an exchange has one of the refs that an event is about.
local function ours(about)
  for _, ref in ipairs(about) do
    if known(ref) then return true end
  end
  return #about == 0
end

-- checkDoc says what speaks against d; versions are those that the step itself has come to.
local function checkDoc(d, versions)
  local has = versions[d.field]
  if not has then
    local row = call('HGET', K.docs, d.field)
    has = row and sub(row, 1, find(row, '\0', 1, true) - 1) or '0'
  end
  if has ~= d.version then return 'Cdocument\0' .. d.bucket .. '/' .. d.key .. '\0' .. d.version end
  versions[d.field] = d.body and string.format('%d', has + 1) or '0'
end

local function writeDoc(d)
  if d.body then
    call('HSET', K.docs, d.field, string.format('%d', d.version + 1) .. '\0' .. d.body)
    if d.version == '0' then call('ZADD', K.doc_keys, 0, d.field) end
  elseif d.version ~= '0' then
    call('HDEL', K.docs, d.field)
    call('ZREM', K.doc_keys, d.field)
  end
end

local function takeLine()
  if take() == '1' then return {text = take(), digest = take()} end
end

-- writeLine puts a line at the end of the chain, linked to the one before.
local function writeLine(line)
  if not line then return end
  local head = {bucket = 'audit_head', key = 'head', version = '0', field = 'audit_head\0head'}
  local row, lines, before = call('HGET', K.docs, head.field), 0, string.rep('0', 64)
  if row then
    head.version, lines, before = string.match(row, '^(%d+)%z{"lines":(%d+),"link":"(%x+)"}$')
  end
  local key, link = string.format('%019d', lines + 1), linked(before, line.digest)
  writeDoc({version = '0', field = 'audit\0' .. key, body = '{"link":"' .. link .. '","line":' .. line.text .. '}'})
  head.body = string.format('{"lines":%d,"link":"%s"}', lines + 1, link)
  writeDoc(head)
end

local function receive()
  local id, key, other, digest, strict = take(), take(), take(), take(), take() == '1'
  local it, about, claim, mismatch = takeItem(), {}, key, false
  for i = 1, tonumber(take()) do about[i] = take() end
  local line = takeLine()
  if key ~= '' then
    local kept = call('HGET', K.dedupe, key)
    if kept then
      if sub(kept, 1, 16) == digest then return 'D' .. sub(kept, 17) end
      if strict then return 'M' .. sub(kept, 17) end
      kept = call('HGET', K.dedupe, other)
      if kept then return 'D' .. sub(kept, 17) end
      claim, mismatch = other, true
    end
  end
  if call('HEXISTS', K.items, id) == 1 then return 'D' .. id end
  local f = split(it.row)
  if mismatch then f[REASON] = ANOTHER_BODY end
  if f[STATE] == 'waiting' and not ours(about) then
    f[STATE] = 'ignored'
    if f[REASON] == '' then f[REASON] = ABOUT_NOTHING end
  end
  settle(f)
  insert(id, f, f[STATE] ~= 'ignored' and it.raw or nil)
  if claim ~= '' then
    call('HSET', K.dedupe, claim, digest .. id)
    call('ZADD', K.dedupe_times, 0, f[RECEIVED] .. '\0' .. claim)
  end
  writeLine(line)
  return ''
end

local function put()
  local docs, versions = {}, {}
  for i = 1, tonumber(take()) do docs[i] = takeDoc() end
  local line = takeLine()
  for _, d in ipairs(docs) do
    local fault = checkDoc(d, versions)
    if fault then return fault end
  end
  for _, d in ipairs(docs) do writeDoc(d) end
  writeLine(line)
  return ''
end

-- checkItem says what speaks against it; rows are those stored, and versions what the step has come to.
local function checkItem(it, rows, versions)
  local has = versions[it.id]
  if not has then
    local row = call('HGET', K.items, it.id)
    rows[it.id] = row and split(row) or nil
    has = row and rows[it.id][VERSION] or '0'
  end
  if has ~= it.version then return 'Citem\0' .. it.id .. '\0' .. it.version end
  versions[it.id] = it.dropped and '0' or string.format('%d', has + 1)
end

local function writeItem(it, rows)
  local id, was = it.id, rows[it.id]
  if it.dropped then
    drop(id, was)
    rows[id] = nil
    return
  end
  local f = split(it.row)
  rows[id] = f
  if not was then
    settle(f)
    return insert(id, f, f[STATE] ~= 'ignored' and it.raw or nil)
  end
  for _, i in ipairs({KIND, RECEIVED, SIZE, SOURCE, TOPIC}) do f[i] = was[i] end -- they stay as first stored
  settle(f, was)
  replace(id, was, f)
  if f[STATE] == 'ignored' then strip(id, f) end
end

local function step()
  local with, x, items, docs, erase = take(), nil, {}, {}, {}
  if take() == '1' then x = takeExchange() end
  for i = 1, tonumber(take()) do items[i] = takeItem() end
  for i = 1, tonumber(take()) do docs[i] = takeDoc() end
  for i = 1, tonumber(take()) do erase[i] = take() end

  if not fence then
    local lease = call('HMGET', K.lease, 'owner', 'fence')
    fence = lease[1] and lease[1] ~= '' and lease[2] or '0'
  end
  if with == '0' or with ~= fence then return 'F' end
  local fault = x and checkExchange(x)
  if fault then return fault end
  local rows, versions, docVersions = {}, {}, {}
  for _, it in ipairs(items) do
    fault = checkItem(it, rows, versions)
    if fault then return fault end
  end
  for _, d in ipairs(docs) do
    fault = checkDoc(d, docVersions)
    if fault then return fault end
  end

  local came, went = {}, {}
  if x then came, went = writeExchange(x) end
  for _, it in ipairs(items) do writeItem(it, rows) end
  for _, d in ipairs(docs) do writeDoc(d) end
  for _, id in ipairs(erase) do
    local row = call('HGET', K.items, id)
    if row then strip(id, split(row)) end
  end
  for _, name in ipairs(came) do wake(name, '0') end -- last: an item of this step may be parked on one no more
  for _, name in ipairs(went) do
    if not known(name) then wake(name, '1') end
  end
  return ''
end

local operations = {R = receive, P = put, S = step, I = import}
for i = 1, tonumber(ARGV[4]) do
  results[i] = operations[take()]()
  if results[i] == '' then done = done + 1 end
end
if done == #results then results = {} end
call('SET', K.call, #results == 0 and '' or cmsgpack.pack(results), 'EX', REMEMBERED)
if done > 0 then redis.pcall('PUBLISH', ARGV[2], ARGV[3]) end -- who may not publish is heard late, but kept
return results
