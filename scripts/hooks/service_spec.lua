local here = { service = { url = "https://moderation.example.org/check", authorization = "Bearer x" } }

test("without a service nothing is asked", function()
    expect(run { text = "hello" }.verdict, "pass")
    expect(#fakes.requests, 0)
end)

test("the service is told, and its word counts", here, function()
    fakes.answer = function() return { status = 200, body = '{"verdict":"drop","code":"toxic","text":"Be kind."}' } end
    local result = run { text = "you fool" }
    expect(result.code, "toxic")
    expect(result.told, "Be kind.")
    local request = fakes.requests[1]
    expect(request.url, "https://moderation.example.org/check")
    expect(request.headers.Authorization, "Bearer x")
    expect(json.decode(request.body).text, "you fool")
    fakes.answer = function() return { status = 200, body = '{"verdict":"hold","reason":"unsure"}' } end
    expect(run { text = "hm" }.reason, "unsure")
    fakes.answer = function() return { status = 200, body = '{"verdict":"pass"}' } end
    expect(run { text = "nice" }.verdict, "pass")
end)

test("a service that fails lets pass, and the log says so", here, function()
    fakes.answer = function() return nil, "timeout", "it took too long" end
    expect(run { text = "hello" }.verdict, "pass")
    expect_match(fakes.logged[1].text, "timeout")
    fakes.answer = function() return { status = 500, body = "" } end
    expect(run { text = "hello" }.verdict, "pass")
    fakes.answer = function() return { status = 200, body = "<html>" } end
    expect(run { text = "hello" }.verdict, "pass")
end)

test("or holds, where that is safer", { service = { url = "https://x.example", otherwise = "hold" } }, function()
    fakes.answer = function() return nil, "refused", "nobody is there" end
    expect(run { text = "hello" }.verdict, "hold")
end)
