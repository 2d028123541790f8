-- The first messages of somebody new wait for a moderator: so many as `messages` tells. What moderators let through
-- does not come here again. Who is known stays so through a restart, and is forgotten `days` after the first message.
local config = settings("quarantine", { messages = 3, channels = { "*" }, days = 30, known = { "" } })
local known = {}
for _, user in ipairs(config.known) do known[user] = true end

hook.on("message.publish", { id = "quarantine", priority = 60, channels = config.channels }, function(msg)
    if msg.server or known[msg.user] or not msg.text then return end
    if kv.incr("quarantine " .. msg.user, 1, config.days * 86400) <= config.messages then
        return hold { queue = "new", reason = msg.name .. " is new here." }
    end
end)
