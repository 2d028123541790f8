-- Asks a service of your own about each message: it gets JSON and answers JSON.
--   asked:    {"app","channel","user","name","text","id"}
--   answered: {"verdict":"pass"|"drop"|"hold"|"shadow", "code"?, "text"?, "reason"?}
-- otherwise: what becomes of a message when the service does not answer well: "pass", "hold" or "drop".
local config = settings("service", {
    url = "", timeout = 1.5, otherwise = "pass", channels = { "*" }, authorization = "",
})

local otherwise = {
    pass = function() return pass() end,
    hold = function() return hold { queue = "service", reason = "The moderation service did not answer." } end,
    drop = function() return drop { code = "unavailable", text = "This cannot be checked now. Try again." } end,
}
assert(otherwise[config.otherwise], "service.otherwise is pass, hold or drop")

local function ask(msg)
    local body = json.encode {
        app = msg.app, channel = msg.channel, user = msg.user, name = msg.name, text = msg.text, id = msg.id,
    }
    local headers = { ["Content-Type"] = "application/json" }
    if config.authorization ~= "" then headers.Authorization = config.authorization end
    local answer, why = http.fetch {
        url = config.url, method = "POST", headers = headers, body = body, timeout = config.timeout,
    }
    if not answer then return nil, why end
    if answer.status ~= 200 then return nil, "status " .. answer.status end
    local said = json.decode(answer.body)
    if type(said) ~= "table" then return nil, "no JSON object" end
    return said
end

local function word(value) return type(value) == "string" and value or nil end

local options = { id = "service", priority = 95, channels = config.channels, timeout_ms = 4000 }

hook.on("message.publish", options, function(msg)
    if msg.server or not msg.text or config.url == "" then return end
    local said, why = ask(msg)
    if not said then
        log.warning("the moderation service: " .. tostring(why))
        return otherwise[config.otherwise]()
    end
    if said.verdict == "drop" then return drop { code = word(said.code), text = word(said.text) } end
    if said.verdict == "hold" then return hold { queue = "service", reason = word(said.reason) } end
    if said.verdict == "shadow" then return shadow() end
end)
