-- Words that nobody wants to read. The list is yours: scripts/words/profanity.txt is only a beginning.
local config = settings("profanity", {
    list = "words/profanity.txt", action = "drop", text = "Please mind your language.",
})
local words = set.load(config.list)

-- action: "drop" tells the author, "hold" asks a moderator, "shadow" shows it to its author alone.
local actions = {
    drop = function() return drop { code = "profanity", text = config.text } end,
    hold = function(word) return hold { queue = "profanity", reason = "It says “" .. word .. "”." } end,
    shadow = function() return shadow() end,
}
assert(actions[config.action], "profanity.action is drop, hold or shadow")

local function check(msg)
    local word = msg.text and match.any(words, msg.text)
    return word and actions[config.action](word)
end

hook.on("message.publish", { id = "profanity", priority = 40 }, check)
hook.on("message.edit", { id = "profanity-edit", priority = 40 }, function(msg)
    if msg.text and match.any(words, msg.text) then return drop { code = "profanity", text = config.text } end
end)
