test("one, and then a pause", function()
    expect(run { channel = "slow-1", text = "one" }.verdict, "pass")
    advance(10)
    local result = run { channel = "slow-1", text = "two" }
    expect(result.code, "slow_mode")
    expect_match(result.told, "wait 20 s")
    advance(20)
    expect(run { channel = "slow-1", text = "two" }.verdict, "pass")
end)

test("everybody has a pause of their own, in each channel", function()
    expect(run { channel = "slow-1", text = "one" }.verdict, "pass")
    expect(run { channel = "slow-1", user = "u-2", text = "one" }.verdict, "pass")
    expect(run { channel = "slow-2", text = "one" }.verdict, "pass")
end)

test("other channels are as quick as ever", function()
    for i = 1, 5 do expect(run { channel = "chat-1", text = "line " .. i }.verdict, "pass") end
end)
