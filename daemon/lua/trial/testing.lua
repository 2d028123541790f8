-- What stands in the place of the daemon in a trial, and what specs have besides.
-- base: the shared globals, whose tables are still open; fake: see trial_fakes.c.
-- Returns the globals of specs, their tests, and what shows a value.
local base, fake = ...
local error, pairs, ipairs, type, tostring = base.error, base.pairs, base.ipairs, base.type, base.tostring
local pcall, max, find = base.pcall, base.math.max, base.string.find
local now, wait = fake.now, fake.wait

local fakes = { logged = {}, requests = {}, published = {}, audited = {} }

local function note(list, entry)
    list[#list + 1] = entry
end

-- Puts a function into a library, if scripts have it.
local function replace(library, name, f)
    if library and library[name] ~= nil then library[name] = f end
end

-- ---- time

base.sleep = function(seconds)
    if type(seconds) ~= "number" or seconds < 0 or seconds > 3600 then
        error("bad argument #1 to 'sleep' (0 to 3600 seconds)", 2)
    end
    wait(seconds)
end
base.now = now
base.clock = now

local timers = {}

local function add_timer(seconds, f, interval)
    note(timers, { due = now() + seconds, f = f, interval = interval })
end

replace(base, "after", function(seconds, f) add_timer(seconds, f) end)
replace(base, "every", function(seconds, f) add_timer(seconds, f, seconds) end)

local function take_due(until_when)
    local first
    for i, timer in ipairs(timers) do
        if timer.due <= until_when and (not first or timer.due < timers[first].due) then first = i end
    end
    if not first then return nil end
    local timer = timers[first]
    local due = timer.due
    if timer.interval then
        timer.due = due + max(timer.interval, 0.001)
    else
        base.table.remove(timers, first)
    end
    return timer, due
end

local function advance(seconds)
    local target = now() + seconds
    local timer, due = take_due(target)
    while timer do
        fake.set_now(max(due, now()))
        timer.f()
        timer, due = take_due(target)
    end
    fake.set_now(max(target, now()))
end

-- ---- the log

for level in pairs(base.log) do
    base.log[level] = function(text)
        if type(text) ~= "string" and type(text) ~= "number" then
            error("the log takes a text: use tostring or string.format", 2)
        end
        note(fakes.logged, { level = level, text = tostring(text) })
        fake.note(level, tostring(text))
    end
end

-- ---- what scripts do outside: written down, and answered as the test says

-- Raises what the function of this name would, as of the script that calls its fake.
local function check(name, ...)
    local well, why = pcall(fake.checks[name], ...)
    if not well then error(base.string.gsub(why, "^testing:%d+: ", ""), 3) end
end

local function say(channel, what, in_the_name)
    if type(what) == "string" then what = { text = what } end
    local said = { channel = channel, bot = in_the_name }
    for name, value in pairs(what) do said[name] = value end
    note(fakes.published, said)
end

replace(base, "publish", function(channel, what)
    check("publish", channel, what)
    say(channel, what, false)
    wait(0)
    local n = #fakes.published
    return { channel = channel, id = "fake-" .. n, pos = n, epoch = "fake" }
end)
replace(base.bot, "say", function(channel, what)
    check("bot.say", channel, what)
    say(channel, what, true)
end)

replace(base, "audit", function(fields)
    if type(fields) ~= "table" then error("audit wants a table", 2) end
    note(fakes.audited, fields)
    return true
end)

local commands = {}

local function command(name, ...)
    if not commands[name] then error("there is no command '" .. tostring(name) .. "'", 2) end
    return commands[name](...)
end

replace(base.admin, "command", function(name, help, f)
    if type(name) ~= "string" or type(help) ~= "string" or type(f) ~= "function" then
        error("admin.command wants a name, a help and a function", 2)
    end
    if commands[name] then error("the command '" .. name .. "' is there already", 2) end
    commands[name] = f
end)

-- fakes.answer(request) gives what http.fetch does: a table, or nil, a word, a text.
replace(base.http, "fetch", function(request)
    check("http.fetch", request)
    if type(request) == "string" then request = { url = request } end
    note(fakes.requests, request)
    wait(0)
    if not fakes.answer then return nil, "refused", "the test sets no fakes.answer" end
    return fakes.answer(request)
end)

-- fakes.history(channel, options) gives what store.history does.
replace(base.store, "history", function(channel, options)
    check("store.history", channel, options)
    wait(0)
    if not fakes.history then return {}, false end
    return fakes.history(channel, options)
end)

-- ---- tests

local tests = {}

local function test(name, settings, f)
    if f == nil then settings, f = nil, settings end
    if type(name) ~= "string" or type(f) ~= "function" then error("test wants a name and a function", 2) end
    note(tests, { name = name, settings = settings, f = f, line = fake.line() })
end

local function run(message, options)
    local asked = {}
    for name, value in pairs(message) do asked[name] = value end
    local result, why = fake.ask(asked)
    if not result then error(why, 2) end
    if result.fault and not (options and options.fault) then error(result.fault, 2) end
    return result
end

local function same(a, b, depth)
    if a == b then return true end
    if type(a) ~= "table" or type(b) ~= "table" or depth > 20 then return false end
    for key, value in pairs(a) do
        if not same(value, b[key], depth + 1) then return false end
    end
    for key in pairs(b) do
        if a[key] == nil then return false end
    end
    return true
end

local function show(value, depth)
    if type(value) == "string" then return '"' .. value .. '"' end
    if type(value) ~= "table" then return tostring(value) end
    if depth > 3 then return "{...}" end
    local parts = {}
    for key, field in pairs(value) do
        local name = type(key) == "string" and key .. " = " or ""
        parts[#parts + 1] = name .. show(field, depth + 1)
    end
    return "{ " .. base.table.concat(parts, ", ") .. " }"
end

local function expect(value, wanted, what)
    if same(value, wanted, 0) then return end
    local prefix = what and tostring(what) .. ": " or ""
    error(prefix .. "expected " .. show(wanted, 0) .. ", got " .. show(value, 0), 2)
end

local function expect_match(text, pattern)
    if type(text) ~= "string" or not find(text, pattern) then
        error("expected something like \"" .. tostring(pattern) .. "\", got " .. show(text, 0), 2)
    end
end

local function expect_error(f, pattern)
    local well, why = pcall(f)
    if well then error("expected an error, and there was none", 2) end
    if not find(tostring(why), pattern) then
        error("expected an error like \"" .. tostring(pattern) .. "\", got " .. show(why, 0), 2)
    end
end

return {
    test = test,
    run = run,
    expect = expect,
    expect_match = expect_match,
    expect_error = expect_error,
    advance = advance,
    command = command,
    fakes = fakes,
}, tests, function(value) return show(value, 0) end
