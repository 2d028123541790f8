set(packages libmongoc-1.0 libutf8proc libxxhash)
