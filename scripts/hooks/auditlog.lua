-- Who wrote, changed and deleted what, on record (`lua.audit`). Texts only where `texts` is true.
local config = settings("auditlog", { texts = false, channels = { "*" } })

for _, point in ipairs { "message.publish", "message.edit", "message.delete" } do
    hook.on(point, { id = "audit-" .. point, priority = 1000, channels = config.channels }, function(msg)
        audit { text = config.texts and msg.text or nil, length = msg.text and #msg.text or nil, server = msg.server }
    end)
end
