-- What all scripts share.
--
-- KEYS[1] is the beginning of all keys. It has the hash tag, so that all of them are in one slot. ARGV[1] is the operation, ARGV[2] the
-- time.
--
-- A time is a text of 20 digits, an id one of 32 hexadecimal digits, a priority one of 3: the order of the texts is their own order. So
-- the members of the sorted sets have equal scores, and no time is rounded to what the score of a set holds.
--
--   job:ID             hash    the fields of a job
--   text:ID            string  its arguments, and after a zero byte its `meta`
--   errors:ID          list    "token attempt time state error" of each run that has failed
--   in:STATE:QUEUE     zset    the ids of the jobs in a state
--   queues             set     the queues that have, or had, jobs
--   names:QUEUE        set     the names of its ready jobs
--   ready:QUEUE\0NAME  zset    priority, time, id
--   scheduled          zset    time, id
--   running:WORKER     zset    id
--   ended:STATE        zset    time of the end, id
--   keys               hash    NAME\0KEY: end, id of the job that has it
--   expiries           zset    end, NAME\0KEY
--   leases             hash    worker: end of its lease
--   lost               set     workers whose lease is lost
--   worker:ID          hash    host, queues, started_at
--   paused             set     queues
--   schedules          hash    name: next time, rule
--   gone               zset    ids of relayed jobs that were deleted, by the second
local base = KEYS[1]
local operation, now = ARGV[1], ARGV[2]
local call = redis.call
local NEVER = '99999999999999999999'
local FINAL = { done = true, dead = true, cancelled = true }
local FIELDS = {
  'state', 'queue', 'name', 'order', 'run_at', 'attempt', 'max', 'rescues', 'token', 'worker', 'key', 'scope', 'finished_at', 'erase',
  'relayed',
}
local operations = {}

local function key_of(kind, id) return base .. kind .. ':' .. id end

local function in_state(state, queue) return base .. 'in:' .. state .. ':' .. queue end

local function ready(queue, name) return base .. 'ready:' .. queue .. '\0' .. name end

-- Lets an operation write while the memory of the server is full: a script is refused only at its first write, and not if that frees
-- memory. Jobs could not end otherwise.
local function write_when_full() call('DEL', base .. 'nothing') end

-- The job of an id; nil if there is none.
local function load(id)
  local values = call('HMGET', key_of('job', id), unpack(FIELDS))
  if not values[1] then return nil end
  local job = { id = id }
  for place, field in ipairs(FIELDS) do job[field] = values[place] end
  return job
end

-- The whole record of a job.
local function record(id)
  return { id, call('HGETALL', key_of('job', id)), call('GET', key_of('text', id)) or '' }
end

-- Adds a job to the sets of its state.
local function index(job)
  local state = job.state
  call('ZADD', in_state(state, job.queue), 0, job.id)
  if state == 'ready' then
    call('ZADD', ready(job.queue, job.name), 0, job.order .. job.run_at .. job.id)
    call('SADD', key_of('names', job.queue), job.name)
  elseif state == 'scheduled' then
    call('ZADD', base .. 'scheduled', 0, job.run_at .. job.id)
  elseif state == 'running' then
    call('ZADD', key_of('running', job.worker), 0, job.id)
  else
    call('ZADD', key_of('ended', state), 0, job.finished_at .. job.id)
  end
end

-- Takes a job out of the sets of its state.
local function unindex(job)
  local state = job.state
  call('ZREM', in_state(state, job.queue), job.id)
  if state == 'ready' then
    local set = ready(job.queue, job.name)
    call('ZREM', set, job.order .. job.run_at .. job.id)
    if call('EXISTS', set) == 0 then call('SREM', key_of('names', job.queue), job.name) end
  elseif state == 'scheduled' then
    call('ZREM', base .. 'scheduled', job.run_at .. job.id)
  elseif state == 'running' then
    call('ZREM', key_of('running', job.worker), job.id)
  else
    call('ZREM', key_of('ended', state), job.finished_at .. job.id)
  end
end

-- The job that has a key; nil if it is free.
local function owner(name, key)
  local taken = call('HGET', base .. 'keys', name .. '\0' .. key)
  if taken and string.sub(taken, 1, 20) > now then return string.sub(taken, 21) end
  return nil
end

local function take(name, key, expires, id)
  local field = name .. '\0' .. key
  call('HSET', base .. 'keys', field, expires .. id)
  if expires ~= NEVER then call('ZADD', base .. 'expiries', 0, expires .. field) end
end

-- Releases the key of a job, if the job still has it.
local function release(job)
  local field = job.name .. '\0' .. job.key
  local taken = call('HGET', base .. 'keys', field)
  if taken and string.sub(taken, 21) == job.id then
    call('HDEL', base .. 'keys', field)
    call('ZREM', base .. 'expiries', string.sub(taken, 1, 20) .. field)
  end
end

-- What follows from the end of a job.
local function ended(job)
  if job.scope == 'live' then release(job) end
end

local function add_error(job, error)
  local entry = { job.token, job.attempt, now, job.state, error }
  call('RPUSH', key_of('errors', job.id), table.concat(entry, ' '))
end

-- Deletes a job that has ended. One that was relayed is remembered for a while, as the relay may repeat itself.
local function delete(job, seconds)
  unindex(job)
  call('DEL', key_of('job', job.id), key_of('text', job.id), key_of('errors', job.id))
  if job.scope and job.token == '0' then release(job) end
  if job.relayed then call('ZADD', base .. 'gone', seconds, job.id) end
end

local function is_alive(worker)
  local lease = call('HGET', base .. 'leases', worker)
  return lease and lease >= now and call('SISMEMBER', base .. 'lost', worker) == 0
end

local function forget_worker(worker)
  call('HDEL', base .. 'leases', worker)
  call('SREM', base .. 'lost', worker)
  call('DEL', key_of('worker', worker))
end
