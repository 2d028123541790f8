local function come(from, to)
    for i = from, to do run { point = "subscribe", user = "u-" .. i } end
end

test("people who come one by one are welcome", function()
    for i = 1, 60 do
        come(i, i)
        advance(1)
    end
    expect(run { user = "u-60", text = "hello" }.verdict, "pass")
end)

test("a crowd is kept from writing for a while, and nobody else is", function()
    come(1, 31)
    expect(run { user = "u-3", text = "spam" }.code, "raid")
    expect(run { user = "u-99", text = "I was here before" }.verdict, "pass")
    expect(run { user = "u-3", channel = "chat-2", text = "elsewhere" }.verdict, "pass")
    advance(15 * 60 + 1)
    expect(run { user = "u-3", text = "still here" }.verdict, "pass")
end)

test("coming again and again is no crowd", function()
    for _ = 1, 50 do come(1, 1) end
    expect(run { user = "u-1", text = "hello" }.verdict, "pass")
end)
