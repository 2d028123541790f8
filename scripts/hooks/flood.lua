-- Not too many messages, and not the same one again and again.
local config = settings("flood", { messages = 5, seconds = 10, repeats = 2, repeat_seconds = 60 })

hook.on("message.publish", { id = "flood", priority = 10 }, function(msg)
    if msg.server then return end
    local good, wait = limit.window("flood " .. msg.user, config.messages, config.seconds)
    if not good then
        return drop { code = "flood", text = string.format("Not so fast: wait %d s.", math.ceil(wait)) }
    end
    local said = text.normalize(msg.text or msg.data or "")
    local key = "said " .. msg.user .. " " .. said:sub(1, 150)
    if kv.incr(key, 1, config.repeat_seconds) > config.repeats then
        return drop { code = "duplicate", text = "You have just said that." }
    end
end)
