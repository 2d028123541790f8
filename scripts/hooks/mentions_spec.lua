test("a few people may be mentioned", function()
    expect(run { text = "@a @b", mentions = { "a", "b" } }.verdict, "pass")
    expect(run { text = "nobody" }.verdict, "pass")
end)

test("a crowd may not", function()
    expect(run { text = "all", mentions = { "a", "b", "c", "d", "e", "f" } }.code, "mentions")
end)

test("nor a few again and again", function()
    for _ = 1, 4 do expect(run { text = "you", mentions = { "a", "b", "c", "d", "e" } }.verdict, "pass") end
    expect(run { text = "you", mentions = { "a" } }.code, "mentions")
    expect(run { text = "nobody" }.verdict, "pass")
    advance(61)
    expect(run { text = "you", mentions = { "a" } }.verdict, "pass")
end)
