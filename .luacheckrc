std = "lua54"
max_line_length = 120
cache = "build/luacheck.cache"
exclude_files = { "build*", "**/node_modules" }

-- What scripts have: daemon/lua/vm/binding.h.
local api = {
    "hook", "pass", "drop", "modify", "reroute", "copy", "shadow", "hold", "mute", "log", "metric", "sleep", "now",
    "clock", "every", "after", "kv", "limit", "text", "set", "match", "re", "settings", "http", "store", "publish", "bot",
    "audit", "admin", "json",
}
files["scripts"] = { read_globals = api }
files["scripts/**/*_spec.lua"] = {
    read_globals = { "test", "run", "expect", "expect_match", "expect_error", "advance", "command" },
    globals = { "fakes" },
}
