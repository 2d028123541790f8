test("the first ones wait, the others do not", function()
    for i = 1, 3 do
        local result = run { text = "hello " .. i }
        expect(result.verdict, "hold")
        expect(result.queue, "new")
        expect_match(result.reason, "Ada is new")
    end
    expect(run { text = "hello again" }.verdict, "pass")
    expect(run { user = "u-2", name = "Bob", text = "hello" }.verdict, "hold")
end)

test("servers and those who are known need not wait", { quarantine = { known = { "u-7" } } }, function()
    expect(run { user = "u-7", text = "hello" }.verdict, "pass")
    expect(run { server = true, text = "news" }.verdict, "pass")
end)
