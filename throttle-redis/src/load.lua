-- Returns the version and the value of a key, and the server's time.
local current = redis.call('HMGET', KEYS[1], 'version', 'value')
local time = redis.call('TIME')
return {current[1] or '0', current[2] or '', time[1], time[2]}
