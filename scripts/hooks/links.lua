-- Which links may be posted: those to these hosts, and to what is below them.
local config = settings("links", {
    hosts = { "example.org" }, users = { "" }, text = "Please post no links to other places.",
})
local link = re.compile([[(?:https?://|www\.)([^\s/?#:]+)]], "i")

local hosts, trusted = {}, {}
for _, host in ipairs(config.hosts) do hosts[host:lower()] = true end
for _, user in ipairs(config.users) do trusted[user] = true end

local function known(host)
    host = host:lower():gsub("^www%.", "")
    while host do
        if hosts[host] then return true end
        host = host:match("%.(.+)$")
    end
    return false
end

local function check(msg)
    if msg.server or trusted[msg.user] or not msg.text then return end
    local rest = msg.text
    for _ = 1, 20 do
        local first, last = link:find(rest)
        if not first then return end
        if not known(link:match(rest)) then return drop { code = "link", text = config.text } end
        rest = rest:sub(last + 1)
    end
    return drop { code = "link", text = config.text }
end

hook.on("message.publish", { id = "links", priority = 30 }, check)
hook.on("message.edit", { id = "links-edit", priority = 30 }, check)
