test("other messages stay where they are", function()
    expect(run { text = "hello!" }.verdict, "pass")
    expect(run { text = "@nobody hello" }.verdict, "pass")
    expect(#fakes.published, 0)
end)

test("a word says where to", function()
    local result = run { text = "@support it does not work" }
    expect(result.verdict, "reroute")
    expect(result.channel, "support")
end)

test("a command is answered", function()
    expect(run { text = "!help" }.verdict, "pass")
    expect(fakes.published[1].text, "I know !dice, !help, !time.")
    expect(fakes.published[1].channel, "chat-1")
    run { text = "!dice" }
    expect_match(fakes.published[2].text, "^It is a [1-6]%.$")
    run { text = "!what" }
    expect(fakes.published[3].text, "I do not know !what.")
end)
