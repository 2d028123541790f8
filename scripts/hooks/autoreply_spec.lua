test("a question is answered, once in a while", function()
    expect(run { text = "What are your OPENING HOURS?" }.verdict, "pass")
    expect(fakes.published[1].text, "We are here from 9 to 17 o'clock.")
    run { text = "opening hours please" }
    expect(#fakes.published, 1)
    run { channel = "chat-2", text = "opening hours please" }
    expect(#fakes.published, 2)
    advance(300)
    run { text = "opening hours please" }
    expect(#fakes.published, 3)
end)

test("everything else is not", function()
    run { text = "good morning" }
    expect(#fakes.published, 0)
end)
