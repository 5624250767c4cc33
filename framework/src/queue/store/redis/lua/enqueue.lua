-- Enqueuing: jobs, their keys, and the slots of schedules.

-- The job that is there instead of a new one: one with its id, or with its key. nil if there is none.
local function existing(id, name, scope, key)
  if call('EXISTS', key_of('job', id)) == 1 then return id end
  if scope == '' then return nil end
  return owner(name, key)
end

local WIDTH = 12

-- Enqueues the jobs whose fields are in ARGV from a place on. Returns for each the id of the job that was there instead, or ''.
local function enqueue(first, relayed)
  local outcomes = {}
  for place = first, #ARGV, WIDTH do
    local id, queue, name, text, order, run_at, state, max, scope, key, expires, erase = unpack(ARGV, place, place + WIDTH - 1)
    local other = existing(id, name, scope, key)
    if not other and relayed and call('ZSCORE', base .. 'gone', id) then other = id end
    if not other then
      local fields = {
        'queue', queue, 'name', name, 'order', order, 'run_at', run_at, 'state', state, 'max', max, 'attempt', 0, 'rescues', 0, 'token', 0,
        'created_at', now,
      }
      local function set(field, value)
        fields[#fields + 1] = field
        fields[#fields + 1] = value
      end
      if scope ~= '' then
        take(name, key, expires, id)
        set('scope', scope)
        set('key', key)
      end
      if erase ~= '' then set('erase', 1) end
      if relayed then set('relayed', 1) end
      call('HSET', key_of('job', id), unpack(fields))
      call('SET', key_of('text', id), text)
      call('SADD', base .. 'queues', queue)
      index({ id = id, queue = queue, name = name, order = order, run_at = run_at, state = state })
    end
    outcomes[#outcomes + 1] = other or ''
  end
  return outcomes
end

function operations.enqueue() return enqueue(3, false) end

function operations.relay() return enqueue(3, true) end

-- For each of (id, name, scope, key) what `enqueue` would return, if it were alone.
function operations.existing()
  local outcomes = {}
  for place = 3, #ARGV, 4 do
    outcomes[#outcomes + 1] = existing(unpack(ARGV, place, place + 3)) or ''
  end
  return outcomes
end

-- (name, next time, rule) of each slot.
function operations.plan()
  for place = 3, #ARGV, 3 do
    local name, next_at, rule = unpack(ARGV, place, place + 2)
    local planned = call('HGET', base .. 'schedules', name)
    if not planned or string.sub(planned, 21) ~= rule then call('HSET', base .. 'schedules', name, next_at .. rule) end
  end
end

-- name, the time that it must be at, the next one; then jobs.
function operations.fire()
  local name, at, next_at = ARGV[3], ARGV[4], ARGV[5]
  local planned = call('HGET', base .. 'schedules', name)
  if not planned or string.sub(planned, 1, 20) ~= at then return false end
  local outcomes = enqueue(6, false)
  call('HSET', base .. 'schedules', name, next_at .. string.sub(planned, 21))
  return outcomes
end

return operations[operation]()
