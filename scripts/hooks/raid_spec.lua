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

test("operators begin and end it, in each app", function()
    come(1, 1)
    expect(command("raid", "on", "chat-1"), "raid mode is on in chat-1")
    expect(run { user = "u-1", text = "spam" }.code, "raid")
    expect(run { user = "u-2", text = "I was here before" }.verdict, "pass")
    command("raid", "off", "chat-1")
    expect(run { user = "u-1", text = "hello" }.verdict, "pass")
    run { point = "subscribe", app = "other", user = "u-1" }
    command("raid", "on", "chat-1", "other")
    expect(run { user = "u-1", text = "hello" }.verdict, "pass")
    expect(run { app = "other", user = "u-1", text = "spam" }.code, "raid")
    expect_match(command("raid", "perhaps"), "usage")
end)

test("who comes back after a restart is no crowd", function()
    run { point = "start" }
    come(1, 200)
    expect(run { user = "u-3", text = "back again" }.verdict, "pass")
    advance(61)
    come(201, 231)
    expect(run { user = "u-210", text = "spam" }.code, "raid")
    expect(run { user = "u-3", text = "I was here before" }.verdict, "pass")
end)
