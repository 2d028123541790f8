test("a voice in its place", function()
    expect(run { text = "OK, NASA it is." }.verdict, "pass")
    expect(run { text = "Über den Wolken" }.verdict, "pass")
end)

test("shouting is refused, in any script", function()
    expect(run { text = "WHY IS NOBODY ANSWERING" }.code, "shouting")
    expect(run { text = "ПОЧЕМУ НИКТО НЕ ОТВЕЧАЕТ" }.code, "shouting")
end)

test("marks are cut back to what languages need", function()
    local result = run { text = "z\u{301}\u{302}\u{303}\u{304}\u{305}algo" }
    expect(result.verdict, "modify")
    expect(result.text, "z\u{301}\u{302}algo")
    expect(run { text = "Vi\u{1ec7}t Nam, e\u{301}" }.verdict, "pass")
end)
