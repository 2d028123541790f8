std = "lua54"
max_line_length = 120
cache = "build/luacheck.cache"
exclude_files = { "build*", "**/node_modules" }
