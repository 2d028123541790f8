-- What calls functions of a script: written in Lua, so that the budget can stop it at any place.
-- base, string, table: the functions that binding tables have put there; see sandbox.c.
local base, string, table = ...
local error, metafield, pcall, select, type = base.error, base.metafield, base.pcall, base.select, base.type
local own_tostring = base.tostring
local concat, sub = table.concat, string.sub
local gsub_next, gsub_text = string.gsub_next, string.gsub_text

base.metafield, string.gsub_next, string.gsub_text = nil, nil, nil

-- ---- base

local function next_of_list(list, i)
    i = i + 1
    local value = list[i]
    if value ~= nil then return i, value end
end

function base.ipairs(list)
    if list == nil then error("bad argument #1 to 'ipairs' (table expected, got nil)", 2) end
    return next_of_list, list, 0
end

function base.tostring(value)
    local show = metafield(value, "__tostring")
    if show == nil then return own_tostring(value) end
    local text = show(value)
    if type(text) ~= "string" then error("'__tostring' must return a string", 2) end
    return text
end

local function handled(handler, well, ...)
    if well then return true, ... end
    return false, handler(...)
end

function base.xpcall(f, handler, ...)
    return handled(handler, pcall(f, ...))
end

-- ---- string.gsub

-- What replaces a match: false keeps it.
local function replacement_of(with, whole, ...)
    local value
    if type(with) == "table" then
        value = with[(...)]
    else
        value = with(...)
    end
    if not value then return whole end
    local kind = type(value)
    if kind ~= "string" and kind ~= "number" then error("invalid replacement value (a " .. kind .. ")", 3) end
    return value
end

-- Adds what is between two matches, and what replaces the second; returns where that ends, nil if there is none.
local function add_match(parts, text, at, with, from, to, ...)
    if not from then return nil end
    local whole = sub(text, from + 1, to)
    parts[#parts + 1] = sub(text, at + 1, from)
    if select("#", ...) == 0 then
        parts[#parts + 1] = replacement_of(with, whole, whole)
    else
        parts[#parts + 1] = replacement_of(with, whole, ...)
    end
    return to
end

function string.gsub(text, pattern, with, most)
    local kind = type(with)
    if kind == "string" or kind == "number" then return gsub_text(text, pattern, with, most) end
    if kind ~= "table" and kind ~= "function" then
        error("bad argument #3 to 'gsub' (string/function/table expected, got " .. kind .. ")", 2)
    end
    if type(text) == "number" then text = own_tostring(text) end
    local parts, at, last, n = {}, 0, -1, 0
    local anchored = sub(pattern, 1, 1) == "^"
    while not most or n < most do
        local to = add_match(parts, text, at, with, gsub_next(text, pattern, at, last, kind == "table"))
        if not to then break end
        n, at, last = n + 1, to, to
        if anchored then break end
    end
    parts[#parts + 1] = sub(text, at + 1)
    return concat(parts), n
end

-- ---- table.sort: by merging, bottom up

local function merge(from, to, first, middle, last, less)
    local left, right = first, middle
    for i = first, last - 1 do
        local take_left
        if left >= middle then
            take_left = false
        elseif right >= last then
            take_left = true
        elseif less then
            take_left = not less(from[right], from[left])
        else
            take_left = not (from[right] < from[left]) -- luacheck: ignore 581
        end
        if take_left then
            to[i], left = from[left], left + 1
        else
            to[i], right = from[right], right + 1
        end
    end
end

function table.sort(list, less)
    if type(list) ~= "table" then error("bad argument #1 to 'sort' (table expected)", 2) end
    local n = #list
    local from, to = list, {}
    local width = 1
    while width < n do
        for first = 1, n, 2 * width do
            local middle, last = first + width, first + 2 * width
            if middle > n + 1 then middle = n + 1 end
            if last > n + 1 then last = n + 1 end
            merge(from, to, first, middle, last, less)
        end
        from, to = to, from
        width = 2 * width
    end
    if from ~= list then
        for i = 1, n do list[i] = from[i] end
    end
end
