-- Counts an attempt as a failure: `Rule::attempt` and `Rule::expires` in `lockout.rs`. KEYS: the key; ARGV: failures, first, at_most, remembered, and the time
-- instead of the server's. Returns the number of
-- the attempt since the last success, 0 if it is not allowed, and the time of the lock-out. All times are in microseconds.
local failures, first, at_most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local remembered, now = tonumber(ARGV[4]), tonumber(ARGV[5])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end
local stored = redis.call('HMGET', KEYS[1], 'failures', 'until')
local number, locked = tonumber(stored[1] or 0), tonumber(stored[2] or now)
locked = math.min(locked, now + at_most)
if locked > now then
  return {0, locked - now}
end
number = number + 1
local lock = 0
if number >= failures then
  lock = math.min(first * 2 ^ math.min(number - failures, 40), at_most)
end
redis.call('HSET', KEYS[1], 'failures', string.format('%.0f', number), 'until', string.format('%.0f', now + lock))
remembered = math.floor(remembered / failures) * math.min(number, failures)
redis.call('PEXPIRE', KEYS[1], math.ceil((lock + remembered) / 1000))
return {number, lock}
