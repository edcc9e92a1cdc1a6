-- Replaces the value of a key if it has the expected version. Returns whether the value was replaced, the version, the
-- value if it was not replaced, and the server's time.
local expected, value, expiry = ARGV[1], ARGV[2], ARGV[3]
local current = redis.call('HMGET', KEYS[1], 'version', 'value')
local time = redis.call('TIME')
local version = current[1] or '0'
if version ~= expected then
    return {0, version, current[2] or '', time[1], time[2]}
end
-- The version of a new key is the time in microseconds, so that a deleted key never gets the same version again.
-- Numbers are exact up to 2^53, which is the year 2255.
if current[1] then
    version = string.format('%.0f', version + 1)
else
    version = string.format('%.0f', time[1] * 1000000 + time[2])
end
redis.call('HSET', KEYS[1], 'version', version, 'value', value)
redis.call('EXPIRE', KEYS[1], expiry)
return {1, version, '', time[1], time[2]}
