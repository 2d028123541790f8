test("a conversation is no flood", function()
    for i = 1, 20 do
        expect(run { text = "line " .. i }.verdict, "pass")
        advance(3)
    end
end)

test("too many at once are refused, until time has passed", function()
    for i = 1, 5 do expect(run { text = "line " .. i }.verdict, "pass") end
    local result = run { text = "line 6" }
    expect(result.code, "flood")
    expect_match(result.told, "wait 10 s")
    expect(run { user = "u-2", text = "somebody else" }.verdict, "pass")
    advance(10)
    expect(run { text = "line 7" }.verdict, "pass")
end)

test("the same again is refused, in any disguise", function()
    expect(run { text = "Buy now" }.verdict, "pass")
    expect(run { text = "buy NOW" }.verdict, "pass")
    expect(run { text = "Ｂuy now" }.code, "duplicate")
    advance(61)
    expect(run { text = "Buy now" }.verdict, "pass")
end)

test("servers are trusted", function()
    for _ = 1, 20 do expect(run { server = true, text = "news" }.verdict, "pass") end
end)
