set(packages sqlite3 libutf8proc)
