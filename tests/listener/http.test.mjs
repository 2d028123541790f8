import assert from 'node:assert/strict'
import http from 'node:http'
import { after, before, test } from 'node:test'
import { eventually, useHost } from './host.mjs'
import { connect, request, upgrade } from './raw.mjs'

const host = useHost(before, after, {
  set: {
    'limits.request': '"2s"', allowed_hosts: '{"chat.example.org","*.wild.example"}',
    'apps': '{main={origins={"https://friend.example"}}}',
  },
})

async function ask(text, options) {
  const raw = await connect(host.address)
  const response = await raw.write(text).response(options)
  raw.destroy()
  return response
}

test('a route answers, with a capture, a decoded query and the headers that keep a browser safe', async () => {
  const response = await ask(request('GET', '/hello/w%C3%B6rld?q=a+b%26c&x=1'))
  assert.equal(response.status, 200)
  assert.equal(response.body, 'hello wörld q=a b&c query=q=a%20b%26c&x=1')
  assert.equal(response.headers['x-content-type-options'], 'nosniff')
  assert.match(response.headers['content-security-policy'], /default-src 'none'/)
  assert.equal(response.headers['cache-control'], 'no-store')
  assert.ok(Math.abs(Date.parse(response.headers.date) - Date.now()) < 5000)
})

test('a literal segment wins over a capture, a rest takes what is left', async () => {
  assert.match((await ask(request('GET', '/hello/literal'))).body, /"method":"GET"/)
  assert.equal((await ask(request('GET', '/rest/a/b/c'))).body, 'hello a/b/c q=- query=-')
  assert.equal((await ask(request('GET', '/rest'))).status, 404)
})

test('an unknown path is 404, another method 405 with Allow, both as problems', async () => {
  const missing = await ask(request('GET', '/nowhere'))
  assert.equal(missing.status, 404)
  assert.equal(missing.headers['content-type'], 'application/problem+json')
  assert.equal(JSON.parse(missing.body).code, 'not_found')
  const wrong = await ask(request('DELETE', '/hello'))
  assert.equal(wrong.status, 405)
  assert.equal(wrong.headers.allow, 'GET, HEAD')
  assert.equal(JSON.parse(wrong.body).code, 'method_not_allowed')
})

test('HEAD has the length and no body', async () => {
  const response = await ask(request('HEAD', '/hello', { Connection: 'close' }), { head: true })
  assert.equal(response.status, 200)
  assert.equal(response.headers['content-length'], '18')
  const raw = await connect(host.address)
  const all = await raw.write(request('HEAD', '/hello', { Connection: 'close' })).rest()
  assert.ok(all.toString().endsWith('\r\n\r\n'))
})

test('OPTIONS tells the methods, and CORS only to origins that are listed', async () => {
  const plain = await ask(request('OPTIONS', '/echo'))
  assert.equal(plain.status, 204)
  assert.deepEqual(plain.headers.allow.split(', ').sort(), ['DELETE', 'PATCH', 'POST', 'PUT'])
  assert.equal(plain.headers['access-control-allow-origin'], undefined)
  const friend = await ask(request('OPTIONS', '/echo', { Origin: 'https://friend.example', 'Access-Control-Request-Method': 'POST' }))
  assert.equal(friend.headers['access-control-allow-origin'], 'https://friend.example')
  assert.match(friend.headers['access-control-allow-methods'], /POST/)
  assert.match(friend.headers['access-control-allow-headers'], /authorization/)
  const foe = await ask(request('OPTIONS', '/echo', { Origin: 'https://foe.example', 'Access-Control-Request-Method': 'POST' }))
  assert.equal(foe.headers['access-control-allow-origin'], undefined)
  assert.equal(foe.headers['access-control-allow-methods'], undefined)
  const answer = await ask(request('GET', '/hello', { Origin: 'https://friend.example' }))
  assert.equal(answer.headers['access-control-allow-origin'], 'https://friend.example')
  assert.equal(answer.headers.vary, 'Origin')
  assert.equal((await ask(request('OPTIONS', '/nowhere'))).status, 404)
})

test('only known host names are served: 421 against DNS rebinding', async () => {
  const status = async name => (await ask(request('GET', '/hello', { Host: name }))).status
  for (const good of ['localhost', 'localhost:1234', '127.0.0.1:80', '[::1]:80', 'chat.example.org', 'CHAT.example.org:8080',
    'a.wild.example', '10.1.2.3'])
    assert.equal(await status(good), 200, good)
  for (const bad of ['evil.example', 'chat.example.org.evil.example', 'wild.example', 'localhost.evil.example', '1.2.3.4.evil.example'])
    assert.equal(await status(bad), 421, bad)
  assert.equal((await ask('GET /hello HTTP/1.1\r\n\r\n')).status, 400)
  assert.equal((await ask(request('GET', '/hello', { Host: ['localhost', 'localhost'] }))).status, 400)
})

test('headers are found by lower-case name, unknown ones too', async () => {
  const response = await ask(request('GET', '/who', { 'X-TEST': 'some value' }))
  const body = JSON.parse(response.body)
  assert.equal(body.test, 'some value')
  assert.equal(body.unknown, false)
  assert.equal(body.address, '127.0.0.1')
  assert.equal(body.secure, false)
})

test('an address is not believed from somebody who is no proxy', async () => {
  const response = await ask(request('GET', '/who', { 'X-Forwarded-For': '203.0.113.9', 'X-Forwarded-Proto': 'https' }))
  assert.deepEqual([JSON.parse(response.body).address, JSON.parse(response.body).secure], ['127.0.0.1', false])
})

test('a handler cannot be made to write a header of somebody else', async () => {
  const response = await ask(request('GET', '/injecting'))
  assert.equal(response.body, 'refused')
  assert.equal(response.headers['x-injected'], undefined)
})

test('requests follow each other on one connection, answered at once or later', async () => {
  const raw = await connect(host.address)
  for (let i = 0; i < 20; i++) {
    assert.equal((await raw.write(request('GET', `/hello/${i}`)).response()).body, `hello ${i} q=- query=-`)
    assert.equal((await raw.write(request('GET', '/later?ms=5')).response()).body, 'later')
    assert.equal((await raw.write(request('POST', '/echo', { 'Content-Length': 3 }, 'abc')).response()).body, 'abc')
  }
  raw.destroy()
})

test('pipelined requests are answered in order, though the first takes longer', async () => {
  const raw = await connect(host.address)
  raw.write(request('GET', '/later?ms=100') + request('GET', '/hello/2') + request('GET', '/later?ms=20') + request('GET', '/hello/4'))
  const bodies = []
  for (let i = 0; i < 4; i++) bodies.push((await raw.response()).body)
  assert.deepEqual(bodies, ['later', 'hello 2 q=- query=-', 'later', 'hello 4 q=- query=-'])
  raw.destroy()
})

test('150 requests at once, each waiting, do not wait for each other', async () => {
  const started = Date.now()
  const agent = new http.Agent({ keepAlive: false, maxSockets: 200 })
  const one = () => new Promise((resolve, reject) => {
    http.get(`${host.url}/later?ms=400`, { agent }, response => {
      response.resume().on('end', () => resolve(response.statusCode))
    }).on('error', reject)
  })
  const codes = await Promise.all(Array.from({ length: 150 }, one))
  assert.ok(codes.every(code => code === 200))
  assert.ok(Date.now() - started < 4000, `${Date.now() - started} ms`)
})

test('an answer of 3 MB arrives whole, also when it is read slowly', async () => {
  const body = await (await fetch(`${host.url}/big?n=3000000`)).text()
  assert.equal(body.length, 3000000)
  assert.equal(body.slice(-26), Array.from({ length: 26 }, (_, i) => String.fromCharCode(97 + (3000000 - 26 + i) % 26)).join(''))
  const raw = await connect(host.address)
  raw.socket.pause()
  raw.write(request('GET', '/big?n=900000'))
  await new Promise(resolve => setTimeout(resolve, 300))
  raw.socket.resume()
  assert.equal((await raw.response()).body.length, 900000)
  raw.destroy()
})

test('a request that nobody answers is 504 after limits.request', async () => {
  const started = Date.now()
  const response = await ask(request('GET', '/never'))
  assert.equal(response.status, 504)
  assert.equal(JSON.parse(response.body).code, 'response_timeout')
  assert.equal(JSON.parse(response.body).retry, true)
  assert.ok(Date.now() - started >= 1900 && Date.now() - started < 6000)
})

test('a client that leaves before its answer harms nothing', async () => {
  for (let i = 0; i < 10; i++) {
    const raw = await connect(host.address)
    raw.write(request('GET', '/later?ms=50'))
    await new Promise(resolve => setTimeout(resolve, 5))
    raw.socket.resetAndDestroy ? raw.socket.resetAndDestroy() : raw.destroy()
  }
  await new Promise(resolve => setTimeout(resolve, 100))
  assert.equal((await ask(request('GET', '/hello'))).status, 200)
})

test('HTTP/1.0 and Connection: close end with the answer', async () => {
  for (const text of ['GET /hello HTTP/1.0\r\nHost: localhost\r\n\r\n', request('GET', '/hello', { Connection: 'close' })]) {
    const raw = await connect(host.address)
    assert.match((await raw.write(text).rest()).toString(), /200 OK.*connection: close/is)
  }
  const raw = await connect(host.address)
  raw.write('GET /hello HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n')
  assert.equal((await raw.response()).headers.connection, 'keep-alive')
  raw.destroy()
})

test('an Upgrade to something else than a WebSocket is served as a plain request', async () => {
  const response = await ask(request('GET', '/hello', { Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': 'AAMAAABkAAQAAP__' }))
  assert.equal(response.status, 200)
})

test('CONNECT opens no tunnel, and what is no HTTP is closed', async () => {
  const lines = ['CONNECT localhost:22 HTTP/1.1\r\nHost: localhost:22\r\n\r\n', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'nonsense\r\n\r\n',
    'BREW /hello HTTP/1.1\r\nHost: localhost\r\n\r\n', `GET /${'a'.repeat(20000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
    `GET /hello HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'b'.repeat(20000)}\r\n\r\n`, '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03']
  for (const line of lines) {
    const raw = await connect(host.address)
    const answer = (await raw.write(Buffer.from(line, 'latin1')).rest()).toString('latin1')
    assert.ok(answer === '' || /^HTTP\/1.[01] 4\d\d/.test(answer), `${line.slice(0, 30)}: ${answer}`)
  }
})

// A request whose headers, the empty line's break not counted, have so many bytes.
const longHead = bytes => {
  const [begin, end] = ['GET /hello HTTP/1.1\r\nHost: localhost\r\nX-Long: ', '\r\n\r\n']
  return begin + 'b'.repeat(bytes - begin.length) + end
}

test('headers beyond limits.headers are 431, however they come; a first line beyond it is 414', async () => {
  const most = 16384
  assert.equal((await ask(longHead(most))).status, 200)
  const refused = await ask(longHead(most + 1))
  assert.equal(refused.status, 431)
  assert.equal(JSON.parse(refused.body).code, 'headers_too_large')
  assert.equal(refused.headers.connection, 'close')
  assert.equal((await ask(longHead(200000))).status, 431)

  const pieces = await connect(host.address)
  const long = longHead(most + 2000)
  for (let at = 0; at < long.length && !pieces.ended; at += 3000) {
    pieces.write(long.slice(at, at + 3000))
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  assert.equal((await pieces.response()).status, 431)

  const kept = await connect(host.address)
  assert.equal((await kept.write(request('GET', '/hello')).response()).status, 200)
  assert.equal((await kept.write(longHead(most)).response()).status, 200)
  assert.equal((await kept.write(longHead(most + 1)).response()).status, 431)
  assert.equal(await kept.response(), null)

  assert.equal((await ask(`GET /${'a'.repeat(20000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`)).status, 414)
  assert.equal((await ask(upgrade('/ws', { 'X-Long': 'b'.repeat(20000) }))).status, 431)
})

test('more headers and parameters than are taken note of are 431 and 414', async () => {
  const lines = (n, name) => `GET /hello HTTP/1.1\r\nHost: localhost\r\n${name.repeat(n)}\r\n`
  const params = n => `GET /hello?${'a=b&'.repeat(n)}c=d HTTP/1.1\r\nHost: localhost\r\n\r\n`
  for (const name of ['Accept: x\r\n', 'X-Y: z\r\n', 'Cookie: a=b\r\n']) {
    assert.equal((await ask(lines(85, name))).status, 200, name)
    assert.equal((await ask(lines(91, name))).status, 431, name)
    assert.equal((await ask(lines(2000, name))).status, 431, name)
  }
  assert.equal((await ask(params(85))).status, 200)
  assert.equal((await ask(params(91))).status, 414)
  assert.equal((await ask(params(3000))).status, 414)
  const pieces = await connect(host.address)
  assert.equal((await pieces.write(request('GET', '/hello')).response()).status, 200)
  for (let i = 0; i < 10 && !pieces.ended; i++) {
    pieces.write(i ? 'Accept: x\r\n'.repeat(10) : 'GET /hello HTTP/1.1\r\n')
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  pieces.write('Accept: x\r\n\r\n')
  assert.equal((await pieces.response()).status, 431)
})

test('many small headers, and a body behind long ones, are within the bound', async () => {
  const many = Object.fromEntries(Array.from({ length: 80 }, (_, i) => [`X-${i}`, 'v'.repeat(100)]))
  assert.equal((await ask(request('GET', '/hello', many))).status, 200)
  const body = 'y'.repeat(60000)
  const response = await ask(request('POST', '/echo', { 'Content-Length': body.length, 'X-Long': 'b'.repeat(10000) }, body))
  assert.equal(response.status, 200)
  const raw = await connect(host.address)
  const [head, rest] = request('POST', '/echo', { 'Content-Length': body.length }, body).split('\r\n\r\n')
  for (const [cut, left] of [['\r\n\r', '\n'], ['\r\n', '\r\n'], ['\r', '\n\r\n']]) {
    raw.write(head + cut)
    await new Promise(resolve => setTimeout(resolve, 50))
    assert.equal((await raw.write(left + rest).response()).status, 200, JSON.stringify(cut))
  }
  raw.destroy()
})

test('a path cannot leave the place it names', async () => {
  for (const path of ['/../etc/passwd', '/hello/../../etc/passwd', '/%2e%2e/etc/passwd', '/hello/%2e%2e%2f%2e%2e%2fetc%2fpasswd']) {
    const response = await ask(request('GET', path))
    assert.ok(response === null || response.status === 404 || response.status === 400 || response.status === 403, `${path} ${response?.status}`)
  }
  for (const path of ['/hello/%00', '/hello/%', '/hello/%zz', '/hello/%0d%0aX-A:b', '/hello/a%0aX-Test:%20b', '/hello/a%0db', '/hello/%ff%fe']) {
    const response = await ask(request('GET', path))
    assert.ok(response === null || response.status === 400 || response.status === 403, `${path} ${response?.status}`)
  }
})

test('everything is given back when the clients have gone', async () => {
  await eventually(async () => {
    const counts = await host.counts()
    assert.ok(counts.connections <= 2, JSON.stringify(counts)) // its own, and fetch's kept-alive one
    assert.equal(counts.endpoints, 0)
  }, 8000)
})
