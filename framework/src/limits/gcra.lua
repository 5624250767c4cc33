-- Takes a permit of a rate limit: `Gcra::take` in `gcra.rs`. KEYS: the key; ARGV: interval, full, and the time instead of the server's.
-- Returns whether it was granted, and how far the stored time is ahead. All times are in microseconds.
local interval, full, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end
local latest = now + full
local arrival = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
if arrival > latest + 60000000 then
  arrival = latest
end
local granted = arrival + interval <= latest
if granted then
  arrival = arrival + interval
end
if arrival > now then
  redis.call('SET', KEYS[1], string.format('%.0f', arrival), 'PX', math.ceil((arrival - now) / 1000))
end
return {granted and 1 or 0, arrival - now}
