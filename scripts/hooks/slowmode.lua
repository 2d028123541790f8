-- One message a person in so many seconds, in the channels that want it slow.
local config = settings("slowmode", { channels = { "slow-*" }, seconds = 30 })

hook.on("message.publish", { id = "slowmode", priority = 15, channels = config.channels }, function(msg)
    if msg.server then return end
    local good, wait = limit.window("slow " .. msg.channel .. " " .. msg.user, 1, config.seconds)
    if not good then
        return drop { code = "slow_mode", text = string.format("It is slow here: wait %d s.", math.ceil(wait)) }
    end
end)
