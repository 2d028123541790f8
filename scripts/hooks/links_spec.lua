test("no link, no question", function()
    expect(run { text = "example.com is a name" }.verdict, "pass")
end)

test("known places may be named", function()
    expect(run { text = "see https://example.org/a and http://docs.example.org?b" }.verdict, "pass")
end)

test("others may not", function()
    for _, text in ipairs { "https://evil.test", "HTTP://EVIL.test/x", "www.evil.test", "https://example.org.evil.test",
        "https://example.org and https://evil.test", "https://notexample.org" } do
        expect(run { text = text }.code, "link", text)
    end
end)

test("an edit cannot bring one in later", function()
    expect(run { point = "message.edit", id = "m-1", text = "https://evil.test" }.code, "link")
end)

test("some are trusted", { links = { users = { "u-1" } } }, function()
    expect(run { text = "https://evil.test" }.verdict, "pass")
    expect(run { user = "u-2", text = "https://evil.test" }.code, "link")
end)
