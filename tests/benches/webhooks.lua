-- A wrk script that sends `unsubscribe` webhooks, each about a different person, with the key of the example service.

local headers = {["Content-Type"] = "application/x-www-form-urlencoded"}
local body = "key=the-security-key&site=my-store&type=unsubscribe_web_hook&extras=%%7B%%7D"
  .. "&payload=%%7B%%22person%%22%%3A%%7B%%22email%%22%%3A%%22jane-%d-%d%%40example.com%%22%%2C"
  .. "%%22first_name%%22%%3A%%22Jane%%22%%2C%%22last_name%%22%%3A%%22Doe%%22%%7D%%7D"
local threads, count = 0, 0

function setup(thread)
  threads = threads + 1
  thread:set("id", threads)
end

function request()
  count = count + 1
  return wrk.format("POST", nil, headers, body:format(id, count))
end
