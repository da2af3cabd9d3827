-- wrk: sends the signed calls of a file, each once, and prints what became of them as JSON.
-- wrk … -s starts.lua URL -- FILE
local count = 0

function setup(thread)
    thread:set("number", count)
    count = count + 1
end

function init(arguments)
    calls, next_call = {}, 1
    local threads = tonumber(arguments[2] or "1")
    local line_number = 0
    for line in io.lines(arguments[1]) do
        if line_number % threads == number then calls[#calls + 1] = line end
        line_number = line_number + 1
    end
end

function request()
    local signature, time, body = calls[next_call]:match("([^\t]*)\t([^\t]*)\t(.*)")
    next_call = next_call % #calls + 1
    return wrk.format("POST", "/", {
        ["Content-Type"] = "application/x-amz-json-1.0", ["X-Amz-Target"] = "AWSStepFunctions.StartExecution",
        ["X-Amz-Date"] = time, ["Authorization"] = signature,
    }, body)
end

function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format(
        'JSON {"accepted": %d, "refused": %d, "seconds": %f, "medianMs": %f, "p99Ms": %f}\n',
        summary.requests - errors.status, errors.status + errors.connect + errors.read + errors.write + errors.timeout,
        summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
