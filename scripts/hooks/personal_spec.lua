local function covered(text) return run { text = text }.text end

test("what is not personal stays", function()
    local fine = { "at 10:30, room 12345", "2026-11-23", "version 1.2.3-4", "a @ b", "order 4242424242424243" }
    for _, text in ipairs(fine) do
        expect(run { text = text }.verdict, "pass", text)
    end
end)

test("mail addresses", function()
    expect(covered("write to ada.l+x@mail.example.org please"), "write to […] please")
end)

test("telephone numbers", function()
    expect(covered("call +49 (30) 1234-5678 or 0041 44 123 45 67."), "call […] or […].")
end)

test("card numbers, and no other long ones", function()
    expect(covered("4242 4242 4242 4242, then 4242424242424243"), "[…], then 4242424242424243")
end)

test("in an edit, too", function()
    expect(run { point = "message.edit", id = "m-1", text = "a@example.org" }.text, "[…]")
end)
