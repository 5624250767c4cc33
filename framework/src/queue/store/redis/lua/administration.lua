-- Listing, counting, cancelling, replaying and deleting.

local STATES = { 'blocked', 'scheduled', 'ready', 'running', 'done', 'dead', 'cancelled' }

-- The number of jobs that one call looks at.
local CHUNK = 200

-- Time in seconds, the id to go on from or '', limit, queue or '', name or '', end before or '' (queue and name with a letter before
-- them), states. Returns the ids to look at in their order, the id to go on from or '', and the condition.
local function candidates(descending)
  local from, queue, name, before = ARGV[4], ARGV[6], ARGV[7], ARGV[8]
  local states, ids = {}, {}
  for place = 9, #ARGV do states[#states + 1] = ARGV[place] end
  local queues = queue ~= '' and { string.sub(queue, 2) } or call('SMEMBERS', base .. 'queues')
  for _, state in ipairs(states) do
    for _, of_queue in ipairs(queues) do
      local set, some = in_state(state, of_queue), nil
      if descending then
        some = call('ZREVRANGEBYLEX', set, from == '' and '+' or '(' .. from, '-', 'LIMIT', 0, CHUNK)
      else
        some = call('ZRANGEBYLEX', set, from == '' and '-' or '(' .. from, '+', 'LIMIT', 0, CHUNK)
      end
      for _, id in ipairs(some) do ids[#ids + 1] = id end
    end
  end
  table.sort(ids, descending and function(a, b) return a > b end or nil)
  -- Each set has given its first ones, so the first ones of all are right.
  local next_from = ids[CHUNK] or ''
  for place = #ids, CHUNK + 1, -1 do ids[place] = nil end
  local function matches(id)
    if name == '' and before == '' then return true end
    local job = call('HMGET', key_of('job', id), 'name', 'finished_at')
    return (name == '' or job[1] == string.sub(name, 2)) and (before == '' or (job[2] and job[2] < before))
  end
  return ids, next_from, matches
end

function operations.list()
  local ids, next_from, matches = candidates(true)
  local limit, found = tonumber(ARGV[5]), {}
  for _, id in ipairs(ids) do
    if #found >= limit then break end
    if matches(id) then found[#found + 1] = record(id) end
  end
  return { next_from, found }
end

-- Arguments as those of `list`.
function operations.purge()
  local seconds = ARGV[3]
  local ids, next_from, matches = candidates(false)
  local limit, deleted = tonumber(ARGV[5]), 0
  for _, id in ipairs(ids) do
    if deleted >= limit then break end
    if matches(id) then
      delete(load(id), seconds)
      deleted = deleted + 1
    end
  end
  return { next_from, deleted }
end

-- time in seconds, id.
function operations.purge_one()
  local job = load(ARGV[4])
  if not job or not FINAL[job.state] then return 0 end
  delete(job, ARGV[3])
  return 1
end

-- time in seconds, that of a day ago, limit; of each final state the time before which it is deleted, or ''.
function operations.prune()
  local seconds, limit, deleted = ARGV[3], tonumber(ARGV[5]), 0
  for place, state in ipairs({ 'done', 'dead', 'cancelled' }) do
    local before = ARGV[5 + place]
    if before ~= '' then
      local old = call('ZRANGEBYLEX', key_of('ended', state), '-', '(' .. before, 'LIMIT', 0, limit - deleted)
      for _, member in ipairs(old) do delete(load(string.sub(member, 21)), seconds) end
      deleted = deleted + #old
    end
  end
  for _, member in ipairs(call('ZRANGEBYLEX', base .. 'expiries', '-', '(' .. now .. '\255', 'LIMIT', 0, limit)) do
    local field = string.sub(member, 21)
    local taken = call('HGET', base .. 'keys', field)
    -- It may have been taken again.
    if taken and string.sub(taken, 1, 20) == string.sub(member, 1, 20) then call('HDEL', base .. 'keys', field) end
    call('ZREM', base .. 'expiries', member)
  end
  for _, id in ipairs(call('ZRANGEBYSCORE', base .. 'gone', '-inf', ARGV[4], 'LIMIT', 0, limit)) do
    call('ZREM', base .. 'gone', id)
  end
  for _, queue in ipairs(call('SMEMBERS', base .. 'queues')) do
    local is_used = false
    for _, state in ipairs(STATES) do is_used = is_used or call('EXISTS', in_state(state, queue)) == 1 end
    if not is_used then call('SREM', base .. 'queues', queue) end
  end
  return deleted
end

-- id.
function operations.show()
  local id = ARGV[3]
  if call('EXISTS', key_of('job', id)) == 0 then return false end
  return { record(id), call('LRANGE', key_of('errors', id), 0, -1) }
end

-- id. Returns the state that the job was in, and whether it was cancelled.
function operations.cancel()
  local job = load(ARGV[3])
  if not job then return false end
  local state = job.state
  if FINAL[state] then return { state, 0 } end
  unindex(job)
  job.state, job.finished_at = 'cancelled', now
  local key = key_of('job', job.id)
  call('HSET', key, 'state', 'cancelled', 'finished_at', now)
  call('HDEL', key, 'worker')
  index(job)
  ended(job)
  return { state, 1 }
end

-- id. Returns a word and what belongs to it.
function operations.replay()
  local job = load(ARGV[3])
  if not job then return { 'missing', '' } end
  if job.state ~= 'dead' and job.state ~= 'cancelled' then return { 'not', job.state } end
  if job.scope == 'once' or job.scope == 'live' then
    local other = owner(job.name, job.key)
    if other and other ~= job.id then return { 'taken', other } end
    take(job.name, job.key, NEVER, job.id)
  end
  unindex(job)
  job.state, job.run_at = 'ready', now
  local key = key_of('job', job.id)
  call('HSET', key, 'state', 'ready', 'run_at', now, 'attempt', 0, 'rescues', 0)
  call('HDEL', key, 'finished_at', 'progress')
  index(job)
  return { 'as', 'ready' }
end

-- The time since which the oldest of the ready jobs of a name could have run: each priority has its own oldest.
local function oldest(set)
  local first = call('ZRANGE', set, 0, 0)[1]
  local time = nil
  while first do
    local run_at = string.sub(first, 4, 23)
    if not time or run_at < time then time = run_at end
    first = call('ZRANGEBYLEX', set, '(' .. string.sub(first, 1, 3) .. 'g', '+', 'LIMIT', 0, 1)[1]
  end
  return time
end

-- Returns (queue, state, number), (queue, time of the oldest), (name, number of ready jobs), paused queues, (worker, its lease, host,
-- queues, time of the start).
function operations.stats()
  local counts, ages, names, workers = {}, {}, {}, {}
  for _, queue in ipairs(call('SMEMBERS', base .. 'queues')) do
    for _, state in ipairs(STATES) do
      local count = call('ZCARD', in_state(state, queue))
      if count > 0 then counts[#counts + 1] = { queue, state, count } end
    end
    local time = nil
    for _, name in ipairs(call('SMEMBERS', key_of('names', queue))) do
      local set = ready(queue, name)
      local of_name = oldest(set)
      if of_name and (not time or of_name < time) then time = of_name end
      names[#names + 1] = { name, call('ZCARD', set) }
    end
    if time then ages[#ages + 1] = { queue, time } end
  end
  local leases = call('HGETALL', base .. 'leases')
  for place = 1, #leases, 2 do
    local worker = leases[place]
    if call('SISMEMBER', base .. 'lost', worker) == 0 then
      local detail = call('HMGET', key_of('worker', worker), 'host', 'queues', 'started_at')
      workers[#workers + 1] = { worker, leases[place + 1], detail[1], detail[2], detail[3] }
    end
  end
  return { counts, ages, names, call('SMEMBERS', base .. 'paused'), workers }
end

return operations[operation]()
