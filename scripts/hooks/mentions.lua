-- Not half of the world at once, and not all day.
local config = settings("mentions", { most = 5, per_minute = 20 })

hook.on("message.publish", { id = "mentions", priority = 20 }, function(msg)
    local n = msg.mentions and #msg.mentions or 0
    if msg.server or n == 0 then return end
    if n > config.most then
        return drop { code = "mentions", text = string.format("Mention at most %d people at once.", config.most) }
    end
    if kv.incr("mentions " .. msg.user, n, 60) > config.per_minute then
        return drop { code = "mentions", text = "That is enough mentions for now." }
    end
end)
