test("clean words pass", function()
    expect(run { text = "Scunthorpe is a town" }.verdict, "pass")
end)

test("a word of the list is refused, however it is written", function()
    for _, text in ipairs { "what a Shithead", "SHITHEAD!", "shіthead" } do -- the last has a Cyrillic і
        expect(run { text = text }.code, "profanity", text)
    end
end)

test("an edit cannot bring it in later", function()
    expect(run { point = "message.edit", id = "m-1", text = "shithead" }.code, "profanity")
end)

test("a moderator may be asked instead", { profanity = { action = "hold" } }, function()
    local result = run { text = "you shithead" }
    expect(result.verdict, "hold")
    expect(result.queue, "profanity")
end)
