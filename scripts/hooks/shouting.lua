-- No shouting, and no text that climbs over its neighbours (Zalgo): the one is refused, the other is cut back.
local config = settings("shouting", { letters = 12, share = 0.7, marks = 2 })
local upper, letter = re.compile([[\p{Lu}]]), re.compile([[\p{L}]])
local piled = re.compile("(?<=[\\p{M}]{" .. config.marks .. "})\\p{M}+")

local function check(msg)
    if not msg.text then return end
    local calm, cut = piled:replace(msg.text, "")
    local _, letters = letter:replace(calm, "")
    local _, capitals = upper:replace(calm, "")
    if letters >= config.letters and capitals / letters > config.share then
        return drop { code = "shouting", text = "Please do not shout." }
    end
    if cut > 0 then return modify { text = calm } end
end

hook.on("message.publish", { id = "shouting", priority = 35 }, check)
hook.on("message.edit", { id = "shouting-edit", priority = 35 }, check)
