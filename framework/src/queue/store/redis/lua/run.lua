-- Workers, claims, settlements and rescues.

-- worker, its lease, host, queues, time of the start.
function operations.register()
  local worker, lease, host, queues, started_at = unpack(ARGV, 3, 7)
  write_when_full()
  if call('HSETNX', base .. 'leases', worker, lease) == 1 then
    call('HSET', key_of('worker', worker), 'host', host, 'queues', queues, 'started_at', started_at)
  end
end

-- worker, its new lease.
function operations.beat()
  if not is_alive(ARGV[3]) then return 0 end
  write_when_full()
  call('HSET', base .. 'leases', ARGV[3], ARGV[4])
  return 1
end

function operations.unregister()
  local worker = ARGV[3]
  if call('EXISTS', key_of('running', worker)) == 0 then
    forget_worker(worker)
  elseif call('HEXISTS', base .. 'leases', worker) == 1 then
    write_when_full()
    call('SADD', base .. 'lost', worker)
  end
end

-- worker, queue, limit, names.
function operations.claim()
  local worker, queue, limit = ARGV[3], ARGV[4], tonumber(ARGV[5])
  if limit == 0 or not is_alive(worker) or call('SISMEMBER', base .. 'paused', queue) == 1 then return {} end
  local known = {}
  for place = 6, #ARGV do known[ARGV[place]] = true end
  local first = {}
  for _, name in ipairs(call('SMEMBERS', key_of('names', queue))) do
    if known[name] then
      for _, member in ipairs(call('ZRANGE', ready(queue, name), 0, limit - 1)) do first[#first + 1] = member end
    end
  end
  table.sort(first)
  local claimed = {}
  for place = 1, math.min(limit, #first) do
    local id = string.sub(first[place], 24)
    local job = load(id)
    unindex(job)
    job.state, job.worker = 'running', worker
    index(job)
    local key = key_of('job', id)
    call('HSET', key, 'state', 'running', 'worker', worker, 'started_at', now, 'attempt', job.attempt + 1, 'token', job.token + 1)
    call('HDEL', key, 'progress')
    claimed[place] = record(id)
  end
  return claimed
end

-- The present run of a job; nil if that is another one.
local function held(id, token)
  local job = load(id)
  if job and job.state == 'running' and job.token == token then return job end
  return nil
end

local function erase(id)
  local text = call('GET', key_of('text', id)) or ''
  local cut = string.find(text, '\0', 1, true)
  call('SET', key_of('text', id), 'null' .. (cut and string.sub(text, cut) or ''))
end

-- Of each settlement: id, token, state, state after the last attempt, time of the next run or '', refund, survived, result, error; the
-- last two with a letter before them, or ''.
function operations.settle()
  local WIDTH = 9
  local outcomes = {}
  for place = 3, #ARGV, WIDTH do
    local id, token, state, last, run_at, refund, survived, result, error = unpack(ARGV, place, place + WIDTH - 1)
    local job = held(id, token)
    if job then
      unindex(job)
      local key = key_of('job', id)
      if tonumber(job.attempt) >= tonumber(job.max) then state = last end
      if run_at == '' then run_at = job.run_at end
      job.state, job.run_at, job.attempt = state, run_at, job.attempt - refund
      call('HSET', key, 'state', state, 'run_at', run_at, 'attempt', job.attempt)
      call('HDEL', key, 'worker', 'result')
      if survived == '1' then call('HSET', key, 'rescues', 0) end
      if result ~= '' then call('HSET', key, 'result', string.sub(result, 2)) end
      if FINAL[state] then
        job.finished_at = now
        call('HSET', key, 'finished_at', now)
      end
      if state == 'done' and job.erase then erase(id) end
      index(job)
      if error ~= '' then add_error(job, string.sub(error, 2)) end
      if FINAL[state] then ended(job) end
    end
    outcomes[#outcomes + 1] = job and state or ''
  end
  return outcomes
end

-- worker. Returns ids and tokens.
function operations.held()
  local runs = {}
  for _, id in ipairs(call('ZRANGE', key_of('running', ARGV[3]), 0, -1)) do
    runs[#runs + 1] = { id, call('HGET', key_of('job', id), 'token') }
  end
  return runs
end

-- id, token, progress.
function operations.progress()
  if not held(ARGV[3], ARGV[4]) then return 0 end
  call('HSET', key_of('job', ARGV[3]), 'progress', ARGV[5])
  return 1
end

-- limit. Returns the queue of each job.
function operations.promote()
  local queues = {}
  -- No id has a `g`.
  for place, member in ipairs(call('ZRANGEBYLEX', base .. 'scheduled', '-', '(' .. now .. 'g', 'LIMIT', 0, ARGV[3])) do
    local job = load(string.sub(member, 21))
    unindex(job)
    job.state = 'ready'
    index(job)
    call('HSET', key_of('job', job.id), 'state', 'ready')
    queues[place] = job.queue
  end
  return queues
end

-- The error before and after the host of the worker, the number of rescues that kill.
local function rescue(id, worker, before, after, max_rescues)
  local job = load(id)
  unindex(job)
  local key = key_of('job', id)
  local rescues = job.rescues + 1
  local is_dead = rescues >= max_rescues or tonumber(job.attempt) >= tonumber(job.max)
  job.state = is_dead and 'dead' or 'ready'
  call('HSET', key, 'state', job.state, 'rescues', rescues)
  call('HDEL', key, 'worker')
  if is_dead then
    job.finished_at = now
    call('HSET', key, 'finished_at', now)
  end
  index(job)
  local host = call('HGET', key_of('worker', worker), 'host') or ''
  add_error(job, before .. host .. after)
  if is_dead then ended(job) end
  return { id, job.queue, job.name, worker, job.state }
end

-- limit, and the last arguments of `rescue`.
function operations.rescue()
  local limit = tonumber(ARGV[3])
  write_when_full()
  local leases = call('HGETALL', base .. 'leases')
  for place = 1, #leases, 2 do
    if leases[place + 1] < now then call('SADD', base .. 'lost', leases[place]) end
  end
  local lost = call('SMEMBERS', base .. 'lost')
  if #lost == 0 then return {} end
  local runs, workers = {}, {}
  for _, worker in ipairs(lost) do
    for _, id in ipairs(call('ZRANGE', key_of('running', worker), 0, limit - 1)) do
      runs[#runs + 1] = id
      workers[id] = worker
    end
  end
  table.sort(runs)
  local rescued = {}
  for place = 1, math.min(limit, #runs) do
    local id = runs[place]
    rescued[place] = rescue(id, workers[id], ARGV[4], ARGV[5], tonumber(ARGV[6]))
  end
  for _, worker in ipairs(lost) do
    if call('EXISTS', key_of('running', worker)) == 0 then forget_worker(worker) end
  end
  return rescued
end

return operations[operation]()
