-- Messages that begin with a word go where that word says, and a bot answers commands.
local config = settings("routing", { routes = { support = "support" }, prefix = "!" })

local commands = {}
commands.help = function()
    local names = {}
    for name in pairs(commands) do names[#names + 1] = config.prefix .. name end
    table.sort(names)
    return "I know " .. table.concat(names, ", ") .. "."
end
commands.dice = function() return "It is a " .. math.random(6) .. "." end
commands.time = function() return string.format("It is %d seconds past 1970.", math.floor(now())) end

hook.on("message.publish", { id = "routing", priority = 70 }, function(msg)
    local sign, word = (msg.text or ""):match("^(%p)(%w+)")
    if sign == "@" and config.routes[word] then return reroute(config.routes[word]) end
    if sign ~= config.prefix then return end
    local command = commands[word]
    bot.say(msg.channel, command and command() or "I do not know " .. sign .. word .. ".")
end)
