-- When very many come at once, those who came with the crowd do not write until it is over. `raid on CHANNEL` and
-- `raid off CHANNEL` are for operators.
local config = settings("raid", { joins = 30, seconds = 10, minutes = 15 })

local function begin(channel)
    kv.set("raid " .. channel, true, config.minutes * 60)
    log.warning("raid mode in " .. channel .. " for " .. config.minutes .. " minutes")
end

hook.on("subscribe", { id = "raid-watch", priority = 90 }, function(msg)
    local key = "came " .. msg.channel .. " " .. msg.user
    if not kv.add(key, true, config.minutes * 60) then return end
    local calm = limit.window("raid " .. msg.channel, config.joins, config.seconds)
    if not calm and not kv.get("raid " .. msg.channel) then begin(msg.channel) end
end)

hook.on("message.publish", { id = "raid", priority = 5 }, function(msg)
    if msg.server or not kv.get("raid " .. msg.channel) then return end
    if kv.get("came " .. msg.channel .. " " .. msg.user) then
        return drop { code = "raid", text = "Very many came at once: writing is closed to newcomers for a while." }
    end
end)

admin.command("raid", "on|off CHANNEL: closes a channel to those who came of late, or opens it", function(what, channel)
    if (what ~= "on" and what ~= "off") or not channel then return "usage: raid on|off CHANNEL" end
    if what == "on" then begin(channel) else kv.delete("raid " .. channel) end
    return "raid mode is " .. what .. " in " .. channel
end)
