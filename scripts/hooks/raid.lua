-- When very many come at once, those who came with the crowd do not write until it is over. `raid on CHANNEL` and
-- `raid off CHANNEL` are for operators, with the name of the app behind it if it is not the first. It stays on through
-- a restart.
local config = settings("raid", { joins = 30, seconds = 10, minutes = 15, grace = 60 })
local grace_until = 0

local function begin(channel, app)
    kv.set("raid " .. channel, true, config.minutes * 60, app)
    log.warning("raid mode in " .. channel .. " for " .. config.minutes .. " minutes")
end

-- When a daemon begins, all come back at once.
hook.on("start", { id = "raid-grace" }, function() grace_until = clock() + config.grace end)

hook.on("subscribe", { id = "raid-watch", priority = 90 }, function(msg)
    if clock() < grace_until then return end
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

local help = "on|off CHANNEL [APP]: closes a channel to those who came of late, or opens it"
admin.command("raid", help, function(what, channel, app)
    if (what ~= "on" and what ~= "off") or not channel then return "usage: raid on|off CHANNEL [APP]" end
    if what == "on" then begin(channel, app) else kv.delete("raid " .. channel, app) end
    return "raid mode is " .. what .. " in " .. channel
end)
