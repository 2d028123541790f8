-- Mail addresses, telephone numbers and card numbers are covered before anybody sees them.
local config = settings("personal", { cover = "[…]", mail = true, telephone = true, card = true })

local mail = re.compile([[[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,5}[a-z]{2,24}\b]], "i")
local telephone = re.compile([[(?<![\w+])(?:\+|00)\d(?:[ ()/.-]{0,2}\d){7,13}(?!\d)]])
local digits = re.compile([[(?<!\d)(?:\d[ -]?){12,18}\d(?!\d)]])

-- The check digit of cards (Luhn): other long numbers are let be.
local function is_card(number)
    local sum, double = 0, false
    for i = #number, 1, -1 do
        local digit = tonumber(number:sub(i, i))
        if double then digit = digit * 2 > 9 and digit * 2 - 9 or digit * 2 end
        sum, double = sum + digit, not double
    end
    return sum % 10 == 0
end

local function cover_cards(said)
    local from, parts = 1, {}
    for _ = 1, 20 do
        local rest = said:sub(from)
        local first, last = digits:find(rest)
        if not first then break end
        local found = rest:sub(first, last)
        parts[#parts + 1] = rest:sub(1, first - 1) .. (is_card((found:gsub("%D", ""))) and config.cover or found)
        from = from + last
    end
    return table.concat(parts) .. said:sub(from)
end

local function check(msg)
    local said = msg.text
    if msg.server or not said then return end
    if config.card then said = cover_cards(said) end
    if config.mail then said = mail:replace(said, config.cover) end
    if config.telephone then said = telephone:replace(said, config.cover) end
    if said ~= msg.text then return modify { text = said } end
end

hook.on("message.publish", { id = "personal", priority = 90 }, check)
hook.on("message.edit", { id = "personal-edit", priority = 90 }, check)
