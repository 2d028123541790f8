// RFC 6455 from the wire: frames as a client may, and as it must not, send them.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import WebSocket from 'ws'
import { eventually, sleep, useHost } from './host.mjs'
import { closeFrame, connect, connectWebSocket, frame, text, upgrade } from './raw.mjs'

const host = useHost(before, after, { set: { 'limits.queue': '"1M"', apps: '{main={origins={"https://friend.example"}}}' } })
const open = (path, headers) => connectWebSocket(host.address, path, headers)
const [CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG] = [0, 1, 2, 8, 9, 10]

async function echoed(raw, payload) {
  const message = await raw.message()
  assert.equal(message?.opcode, TEXT)
  assert.equal(message.payload.compare(Buffer.from(payload)), 0)
}

async function closes(name, send, code, { quick = 2500 } = {}) {
  const raw = await open()
  const started = Date.now()
  for (const piece of [send].flat()) raw.write(piece)
  const { code: got } = await raw.closing()
  raw.write(closeFrame(got ?? 1000))
  await raw.rest()
  assert.equal(got, code, name)
  assert.ok(Date.now() - started < quick, `${name}: ${Date.now() - started} ms`)
}

test('the handshake answers the key and chooses the subprotocol', async () => {
  const key = Buffer.alloc(16, 7).toString('base64')
  const raw = await open('/ws', { 'Sec-WebSocket-Key': key, 'Sec-WebSocket-Protocol': 'foo, test.v1, bar' })
  assert.equal(raw.handshake.status, 101)
  assert.equal(raw.handshake.headers['sec-websocket-accept'],
    createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64'))
  assert.equal(raw.handshake.headers['sec-websocket-protocol'], 'test.v1')
  raw.destroy()
  const captured = await open('/apps/a1/ws', { 'Sec-WebSocket-Protocol': 'other.v1' })
  assert.equal(captured.handshake.headers['sec-websocket-protocol'], 'other.v1')
  captured.destroy()
  const none = await open('/plain')
  assert.equal(none.handshake.status, 101)
  assert.equal(none.handshake.headers['sec-websocket-protocol'], undefined)
  none.destroy()
})

test('handshakes that are refused get a status and a code', async () => {
  const table = [
    ['/ws', { 'Sec-WebSocket-Protocol': 'other.v1' }, 400, 'unsupported_subprotocol'],
    ['/plain', { 'Sec-WebSocket-Protocol': 'test.v1' }, 400, 'unsupported_subprotocol'],
    ['/ws', { 'Sec-WebSocket-Protocol': 'x'.repeat(400) }, 400, 'unsupported_subprotocol'],
    ['/ws', { 'Sec-WebSocket-Version': '8' }, 426, 'upgrade_required'],
    ['/ws', { 'Sec-WebSocket-Version': undefined }, 426, 'upgrade_required'],
    ['/ws', { 'Sec-WebSocket-Key': undefined }, 400, 'protocol_error'],
    ['/ws', { 'Sec-WebSocket-Key': 'short' }, 400, 'protocol_error'],
    ['/ws', { Connection: 'keep-alive' }, 400, 'protocol_error'],
    ['/ws', { 'Content-Length': '3' }, 400, 'protocol_error'],
    ['/ws', { Origin: 'https://foe.example' }, 403, 'origin_refused'],
    ['/ws', { Origin: 'null' }, 403, 'origin_refused'],
    ['/ws', { Origin: 'http://localhost.foe.example' }, 403, 'origin_refused'],
    ['/ws', { Host: 'foe.example' }, 421, 'host_refused'],
    ['/nowhere', {}, 404, 'not_found'],
    ['/ws', { 'Sec-WebSocket-Extensions': `x; y=${'z'.repeat(300)}` }, 431, 'headers_too_large'],
  ]
  for (const [path, headers, status, code] of table) {
    const raw = await open(path, headers)
    assert.equal(raw.handshake?.status, status, JSON.stringify(headers))
    assert.equal(JSON.parse(raw.handshake.body).code, code)
    if (status === 426) assert.equal(raw.handshake.headers['sec-websocket-version'], '13')
    raw.destroy()
  }
  const plain = await connect(host.address)
  plain.write('GET /ws HTTP/1.1\r\nHost: localhost\r\n\r\n')
  assert.equal((await plain.response()).status, 426)
  plain.destroy()
})

test('origins: the same host, those that are listed, and clients that name none', async () => {
  for (const origin of [undefined, 'http://localhost', 'http://localhost:80', 'https://localhost', 'https://friend.example']) {
    const raw = await open('/ws', { Origin: origin })
    assert.equal(raw.handshake.status, 101, origin)
    raw.destroy()
  }
})

test('an endpoint that declines closes at once', async () => {
  const raw = await open('/ws?refuse=1')
  assert.equal(raw.handshake.status, 101)
  assert.equal((await raw.closing()).code, 1011)
  raw.destroy()
})

test('messages of every length that frames treat differently, from 0 to the most', async () => {
  const raw = await open()
  for (const size of [0, 1, 124, 125, 126, 127, 255, 256, 257, 16379, 16380, 16381, 16384, 32759, 32760, 32761, 65535, 65536, 131072]) {
    const payload = 'ä'.repeat(size / 2 | 0) + 'x'.repeat(size % 2)
    raw.write(text(payload))
    await echoed(raw, payload)
  }
  raw.destroy()
})

test('frames leave in pieces of 16 KB at most', async () => {
  const raw = await open()
  raw.write(text('y'.repeat(40000)))
  const sizes = []
  for (;;) {
    const part = await raw.frame()
    sizes.push(part.payload.length + 4)
    assert.equal(part.opcode, sizes.length === 1 ? TEXT : CONTINUATION)
    if (part.fin) break
  }
  assert.deepEqual(sizes.slice(0, 2), [16384, 16384])
  raw.destroy()
})

test('a message that comes byte by byte, with each mask', async () => {
  const raw = await open()
  for (const key of [Buffer.from([0, 0, 0, 0]), Buffer.from([255, 255, 255, 255]), Buffer.from([1, 2, 3, 4])]) {
    for (const byte of text('Grüße 🔔', { key })) {
      raw.write(Buffer.from([byte]))
      await sleep(1)
    }
    await echoed(raw, 'Grüße 🔔')
  }
  raw.destroy()
})

test('fragments, empty ones too, with pings between', async () => {
  const raw = await open()
  raw.write(text('Hel', { fin: false })).write(frame(PING, 'now')).write(frame(CONTINUATION, '', { fin: false }))
  raw.write(frame(CONTINUATION, 'lo', { fin: false })).write(frame(CONTINUATION, '!'))
  const pong = await raw.frame()
  assert.deepEqual([pong.opcode, pong.payload.toString()], [PONG, 'now'])
  await echoed(raw, 'Hello!')
  raw.write(text('', { fin: false })).write(frame(CONTINUATION, ''))
  await echoed(raw, '')
  raw.destroy()
})

test('a character may be split between fragments', async () => {
  const raw = await open()
  const bell = Buffer.from('🔔')
  raw.write(text(bell.subarray(0, 1), { fin: false })).write(frame(CONTINUATION, bell.subarray(1, 3), { fin: false }))
  raw.write(frame(CONTINUATION, bell.subarray(3)))
  await echoed(raw, bell)
  raw.destroy()
})

test('every ping is answered, in order, however many come in one read', async () => {
  const raw = await open()
  const pings = Array.from({ length: 40 }, (_, i) => frame(PING, `ping ${i}`))
  raw.write(Buffer.concat([...pings, text('after'), frame(PING, Buffer.alloc(125, 1)), frame(PING)]))
  const seen = []
  let messages = 0
  while (seen.length < 42 || !messages) {
    const part = await raw.frame()
    assert.ok(part, `ended after ${seen.length} pongs`)
    if (part.opcode === PONG) seen.push(part.payload.toString('latin1'))
    else messages++
  }
  assert.deepEqual(seen.slice(0, 40), Array.from({ length: 40 }, (_, i) => `ping ${i}`))
  assert.equal(seen[40].length, 125)
  assert.equal(seen[41], '')
  raw.destroy()
})

test('pongs that nobody asked for are passed over, and the server pings when told', async () => {
  const raw = await open()
  raw.write(frame(PONG, 'unasked')).write(text('!ping'))
  const part = await raw.frame()
  assert.equal(part.opcode, PING)
  raw.write(frame(PONG, part.payload)).write(text('still'))
  await echoed(raw, 'still')
  raw.destroy()
})

test('what is left over from the handshake is the first frame', async () => {
  const raw = await connect(host.address)
  raw.write(Buffer.concat([Buffer.from(upgrade()), text('early')]))
  assert.equal((await raw.response()).status, 101)
  await echoed(raw, 'early')
  raw.destroy()
})

test('a message that is too long closes with 1009, as soon as its length is known', async () => {
  await closes('announced', frame(TEXT, 'x', { length: 131073 }), 1009)
  await closes('announced beyond 32 bits', frame(TEXT, 'x', { length: 2 ** 40 }), 1009)
  await closes('in fragments', [text('x'.repeat(100000), { fin: false }), frame(CONTINUATION, 'y'.repeat(40000))], 1009)
})

test('what RFC 6455 forbids closes with 1002', async () => {
  const table = {
    'reserved bit 1': text('x', { rsv: 4 }), 'reserved bit 2': text('x', { rsv: 2 }), 'reserved bit 3': text('x', { rsv: 1 }),
    'a reserved bit on a ping': frame(PING, 'x', { rsv: 4 }),
    'not masked': text('x', { mask: false }),
    'a reserved bit on a continuation': [text('x', { fin: false }), frame(CONTINUATION, 'y', { rsv: 4 })],
  }
  for (const [name, send] of Object.entries(table)) await closes(name, send, 1002)
})

test('other breaches end the connection at once, with 1002 where libwebsockets tells it', async () => {
  const table = {
    'opcode 3': frame(3, 'x'), 'opcode 7': frame(7), 'opcode 11': frame(11, 'x'), 'opcode 15': frame(15),
    'a fragmented ping': frame(PING, 'x', { fin: false }),
    'a ping of 126 bytes': frame(PING, Buffer.alloc(126)),
    'a continuation of nothing': frame(CONTINUATION, 'x'),
    'a text inside a text': [text('x', { fin: false }), text('y')],
    'a close frame of one byte': frame(CLOSE, 'x'),
  }
  for (const [name, send] of Object.entries(table)) {
    const raw = await open()
    const started = Date.now()
    for (const piece of [send].flat()) raw.write(piece)
    const { code } = await raw.closing()
    assert.ok(code === null || code === 1002, `${name}: ${code}`)
    raw.write(closeFrame(1002))
    await raw.rest()
    assert.ok(Date.now() - started < 2500, `${name}: ${Date.now() - started} ms`)
  }
})

test('invalid UTF-8 closes with 1007', async () => {
  const table = {
    'a lone continuation byte': [0x80], 'an overlong slash': [0xc0, 0xaf], 'an overlong character of three': [0xe0, 0x80, 0xaf],
    'a surrogate': [0xed, 0xa0, 0x80], 'beyond U+10FFFF': [0xf4, 0x90, 0x80, 0x80], 'byte fe': [0xfe], 'byte ff': [0xff],
    'a character cut off': [0xce, 0xba, 0xe1, 0xbd], 'after a lot of good text': [...Buffer.from('good '.repeat(4000)), 0xff],
  }
  for (const [name, bytes] of Object.entries(table)) await closes(name, text(Buffer.from(bytes)), 1007)
  await closes('cut off at the end of the last fragment', [text('abc', { fin: false }), frame(CONTINUATION, Buffer.from([0xe2, 0x82]))], 1007)
})

test('invalid UTF-8 is noticed before the message ends', async () => {
  await closes('in the first fragment', text(Buffer.from([0xff]), { fin: false }), 1007)
  await closes('within a frame of which the rest never comes', frame(TEXT, Buffer.concat([Buffer.from([0xff]), Buffer.alloc(300, 97)]), { length: 5000 }), 1007)
})

test('close codes: good ones are echoed, bad ones are not', async () => {
  for (const code of [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999]) {
    const raw = await open()
    raw.write(closeFrame(code, 'bye'))
    assert.equal((await raw.closing()).code, code)
    await raw.rest(2500)
  }
  const empty = await open()
  empty.write(frame(CLOSE))
  assert.equal((await empty.closing()).code, 1005)
  await empty.rest(2500)
  for (const code of [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000]) {
    const raw = await open()
    raw.write(closeFrame(code))
    const { code: got } = await raw.closing()
    assert.ok(got === null || got === 1002, `${code} was answered with ${got}`)
    await raw.rest(2500)
  }
  const invalid = await open()
  invalid.write(Buffer.from(frame(CLOSE, Buffer.from([3, 232, 0xff]))))
  assert.notEqual((await invalid.closing()).code, 1000)
})

test('the server closes in order: what it queued, the close frame, nothing after', async () => {
  const raw = await open()
  raw.write(text('!close 4001'))
  await echoed(raw, 'before')
  assert.deepEqual(await raw.closing(), { code: 4001, reason: 'as you wish' })
  raw.write(closeFrame(4001))
  assert.equal((await raw.rest(2500)).length, 0)
})

test('a peer\'s close frame is answered after what was queued', async () => {
  const raw = await open()
  raw.write(Buffer.concat([text('one'), text('two'), closeFrame(1000)]))
  await echoed(raw, 'one')
  await echoed(raw, 'two')
  assert.equal((await raw.closing()).code, 1000)
})

test('while the socket is full of half a frame, pings and a close frame are answered behind it, and all that waited is whole', async () => {
  const raw = await open()
  raw.socket.pause()
  raw.write(text('!flood 8 100000'))
  await sleep(300)
  raw.write(frame(PING, Buffer.from('between')))
  await sleep(100)
  raw.write(closeFrame(1000))
  await sleep(100)
  raw.socket.resume()
  let bytes = 0, messages = 0, pongs = 0, got
  while ((got = await raw.frame()) && got.opcode !== CLOSE) {
    assert.ok([CONTINUATION, TEXT, PONG].includes(got.opcode), `opcode ${got.opcode}`)
    if (got.opcode === PONG) {
      assert.equal(got.payload.toString(), 'between')
      pongs++
      continue
    }
    bytes += got.payload.length
    messages += got.fin
  }
  assert.deepEqual([bytes, messages, pongs, got?.payload.readUInt16BE(0)], [800000, 8, 1, 1000])
  raw.destroy()
})

test('the endpoint hears how it ended', async () => {
  const before = host.stderr.length
  const raw = await open()
  raw.write(closeFrame(4123))
  await raw.rest()
  const other = await open()
  other.destroy()
  await eventually(() => {
    assert.match(host.stderr.slice(before), /closed 4123/)
    assert.match(host.stderr.slice(before), /closed 1006/)
  })
})

test('a client that never answers the close frame is gone after five seconds', async () => {
  const raw = await open()
  raw.write(text('!close 4002'))
  await eventually(async () => assert.equal((await host.counts()).endpoints, 0), 9000)
  raw.destroy()
})

test('a slow reader is closed, its queue dropped, and others go on', async () => {
  const slow = await open(), other = await open()
  slow.socket.pause()
  slow.write(text('!flood 60 100000'))
  for (let i = 0; i < 20; i++) {
    other.write(text(`still ${i}`))
    await echoed(other, `still ${i}`)
  }
  await eventually(async () => {
    const counts = await host.counts()
    assert.ok(counts.endpoints === 1 && counts.buffers < 1 << 20, JSON.stringify(counts))
  }, 9000)
  slow.destroy()
  other.destroy()
})

test('the reason reaches a slow reader that catches up in time, whole frames before it', async () => {
  const raw = await open()
  raw.socket.pause()
  raw.write(text('!flood 60 100000'))
  await sleep(300)
  raw.socket.resume()
  const { code, reason } = await raw.closing()
  assert.deepEqual([code, reason], [1013, 'slow_consumer'])
  raw.destroy()
})

test('the owner hears when the queue has drained', async () => {
  const raw = await open()
  raw.write(text('!drained 8 100000'))
  for (let i = 0; i < 8; i++) assert.equal((await raw.message()).payload.length, 100000)
  await echoed(raw, 'drained')
  raw.destroy()
})

test('connections are spread evenly over the workers', async () => {
  const workers = Number(process.env.LISTENER_WORKERS ?? 1)
  const all = await Promise.all(Array.from({ length: 30 }, () => open()))
  const counts = {}
  for (const raw of all) {
    raw.write(text('!worker'))
    const worker = (await raw.message()).payload.toString()
    counts[worker] = (counts[worker] ?? 0) + 1
  }
  assert.equal(Object.keys(counts).length, workers)
  for (const count of Object.values(counts)) assert.ok(Math.abs(count - 30 / workers) <= 4, JSON.stringify(counts))
  all.forEach(raw => raw.destroy())
})

test('100 clients of npm ws, 30 messages each', async () => {
  const one = () => new Promise((resolve, reject) => {
    const ws = new WebSocket(`ws://${host.address}/ws`, 'test.v1')
    let n = 0
    ws.on('open', () => ws.send('0'))
    ws.on('message', data => {
      if (String(data) !== String(n)) reject(new Error(`${data} instead of ${n}`))
      if (++n < 30) ws.send(String(n))
      else ws.close(1000)
    })
    ws.on('error', reject)
    ws.on('close', code => resolve(code))
  })
  assert.ok((await Promise.all(Array.from({ length: 100 }, one))).every(code => code === 1000))
})
