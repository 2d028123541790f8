test("each step is put on record, without its text", function()
    run { text = "secret" }
    run { point = "message.edit", id = "m-1", text = "secrets" }
    run { point = "message.delete", id = "m-1" }
    expect(#fakes.audited, 3)
    expect(fakes.audited[1].length, 6)
    expect(fakes.audited[1].text, nil)
end)

test("the text is told where that is wished", { auditlog = { texts = true } }, function()
    run { text = "public" }
    expect(fakes.audited[1].text, "public")
end)
