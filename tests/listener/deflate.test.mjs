// permessage-deflate, RFC 7692.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import WebSocket from 'ws'
import zlib from 'node:zlib'
import { useHost } from './host.mjs'
import { closeFrame, connectWebSocket, frame, text } from './raw.mjs'

const host = useHost(before, after)
const offer = offers => connectWebSocket(host.address, '/ws', { 'Sec-WebSocket-Extensions': offers })
const NONE = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover'

function pack(data, options = {}) {
  const packed = zlib.deflateRawSync(data, { finishFlush: zlib.constants.Z_SYNC_FLUSH, ...options })
  return packed.subarray(0, packed.length - 4)
}

function unpack(message) {
  if (!(message.rsv & 4)) return message.payload
  return zlib.inflateRawSync(Buffer.concat([message.payload, Buffer.from([0, 0, 255, 255])]), { finishFlush: zlib.constants.Z_SYNC_FLUSH })
}

async function roundTrip(raw, data, options) {
  raw.write(frame(1, pack(Buffer.from(data), options), { rsv: 4 }))
  const message = await raw.message()
  assert.equal(unpack(message).toString(), data.toString())
  return message
}

test('offers are answered as they can be honoured', async () => {
  const table = [
    ['permessage-deflate', NONE],
    ['permessage-deflate; client_max_window_bits', NONE],
    ['permessage-deflate; client_max_window_bits=10', NONE],
    ['permessage-deflate; server_no_context_takeover', NONE],
    ['permessage-deflate; client_no_context_takeover; server_no_context_takeover', NONE],
    ['permessage-deflate; server_max_window_bits=15', `${NONE}; server_max_window_bits=15`],
    ['permessage-deflate; server_max_window_bits=9', `${NONE}; server_max_window_bits=9`],
    ['permessage-deflate; server_max_window_bits=8', `${NONE}; server_max_window_bits=8`],
    ['permessage-deflate; server_max_window_bits="12"', `${NONE}; server_max_window_bits=12`],
    ['permessage-deflate; server_max_window_bits=7', undefined],
    ['permessage-deflate; server_max_window_bits=16', undefined],
    ['permessage-deflate; server_max_window_bits', undefined],
    ['permessage-deflate; server_max_window_bits=010', undefined],
    ['permessage-deflate; client_max_window_bits=7', undefined],
    ['permessage-deflate; unknown', undefined],
    ['permessage-deflate; server_no_context_takeover=1', undefined],
    ['permessage-deflate; server_no_context_takeover; server_no_context_takeover', undefined],
    ['permessage-deflate; unknown, permessage-deflate', NONE],
    ['permessage-deflate; server_max_window_bits=20, permessage-deflate; server_max_window_bits=11', `${NONE}; server_max_window_bits=11`],
    ['permessage-deflate, permessage-deflate; client_max_window_bits', NONE],
    ['x-webkit-deflate-frame, permessage-deflate', NONE],
    ['x-other; a=1', undefined],
  ]
  for (const [offers, answer] of table) {
    const raw = await offer(offers)
    assert.equal(raw.handshake?.status, 101, offers)
    assert.equal(raw.handshake.headers['sec-websocket-extensions'], answer, offers)
    raw.write(text('plain'))
    assert.equal((await raw.message()).payload.toString(), 'plain')
    raw.destroy()
  }
})

test('compressed messages one after the other, none of which needs the last', async () => {
  const raw = await offer('permessage-deflate')
  for (let i = 0; i < 5; i++) {
    const message = await roundTrip(raw, `message ${i} `.repeat(100))
    assert.equal(message.rsv & 4, 4, 'the answer is compressed too')
  }
  raw.destroy()
})

test('a window smaller than 15 bits is honoured by not compressing', async () => {
  const raw = await offer('permessage-deflate; server_max_window_bits=9')
  const message = await roundTrip(raw, 'again and again '.repeat(500))
  assert.equal(message.rsv & 4, 0)
  raw.destroy()
})

test('whatever a deflater may produce is understood', async () => {
  const raw = await offer('permessage-deflate; client_max_window_bits')
  const noise = Array.from({ length: 20000 }, (_, i) => 'abcdefghijklmnop'[i * 7919 % 16]).join('')
  for (const options of [{ level: 0 }, { level: 1 }, { level: 9 }, { windowBits: 9 }, { strategy: zlib.constants.Z_FIXED },
    { strategy: zlib.constants.Z_HUFFMAN_ONLY }])
    await roundTrip(raw, noise, options)
  await roundTrip(raw, '')
  raw.write(frame(1, zlib.deflateRawSync('a final block'), { rsv: 4 }))
  assert.equal(unpack(await raw.message()).toString(), 'a final block')
  raw.write(frame(1, Buffer.from([0]), { rsv: 4 }))
  assert.equal(unpack(await raw.message()).toString(), '')
  raw.destroy()
})

test('compressed in fragments, with pings between and after', async () => {
  const raw = await offer('permessage-deflate')
  const packed = pack('fragmented '.repeat(1000)), third = packed.length / 3 | 0
  raw.write(frame(1, packed.subarray(0, third), { rsv: 4, fin: false })).write(frame(9, 'a'))
  raw.write(frame(0, packed.subarray(third, 2 * third), { fin: false })).write(frame(9, 'b')).write(frame(9, 'c'))
  raw.write(frame(0, packed.subarray(2 * third), {}))
  const pongs = []
  let message
  while (!message || pongs.length < 3) {
    const part = await raw.frame()
    if (part.opcode === 10) pongs.push(part.payload.toString())
    else message = part
  }
  assert.deepEqual(pongs, ['a', 'b', 'c'])
  assert.equal(unpack(message).toString(), 'fragmented '.repeat(1000))
  raw.destroy()
})

test('60 KB compressed arrive quickly', async () => {
  const raw = await offer('permessage-deflate')
  const data = Array.from({ length: 60000 }, (_, i) => String.fromCharCode(33 + (i * i * 31 + i) % 90)).join('')
  const started = Date.now()
  for (let i = 0; i < 5; i++) await roundTrip(raw, data)
  assert.ok(Date.now() - started < 2000, `${Date.now() - started} ms`)
  raw.destroy()
})

test('what inflates beyond the bound closes with 1009 and costs little', async () => {
  const raw = await offer('permessage-deflate')
  raw.write(frame(1, pack(Buffer.alloc(100 << 20, 97)).subarray(0, 100000), { rsv: 4 }))
  assert.equal((await raw.closing()).code, 1009)
  raw.destroy()
  const exact = await offer('permessage-deflate')
  assert.equal(unpack(await roundTrip(exact, 'z'.repeat(131072))).length, 131072)
  exact.write(frame(1, pack(Buffer.alloc(131073, 97)), { rsv: 4 }))
  assert.equal((await exact.closing()).code, 1009)
  exact.destroy()
})

test('no deflate stream, or no UTF-8 inside, closes with 1007', async () => {
  for (const payload of [Buffer.from([255, 255, 255, 255]), pack(Buffer.from([0xff, 0xfe])), pack(Buffer.from([0xe2, 0x82]))]) {
    const raw = await offer('permessage-deflate')
    raw.write(frame(1, payload, { rsv: 4 }))
    assert.equal((await raw.closing()).code, 1007)
    raw.destroy()
  }
})

test('the compressed bit where nothing was agreed, or on a continuation or ping, closes with 1002', async () => {
  const plain = await connectWebSocket(host.address)
  plain.write(frame(1, pack('x'), { rsv: 4 }))
  assert.equal((await plain.closing()).code, 1002)
  for (const send of [[frame(9, 'x', { rsv: 4 })], [frame(1, 'x', { fin: false }), frame(0, 'y', { rsv: 4 })], [frame(1, 'x', { rsv: 6 })]]) {
    const raw = await offer('permessage-deflate')
    for (const piece of send) raw.write(piece)
    const { code } = await raw.closing()
    raw.write(closeFrame(1002))
    assert.equal(code, 1002)
    raw.destroy()
  }
})

test('npm ws with each of its own settings', async () => {
  const settings = [true, { serverNoContextTakeover: true }, { clientNoContextTakeover: true }, { serverMaxWindowBits: 10 },
    { clientMaxWindowBits: 10 }, { threshold: 0 }]
  for (const perMessageDeflate of settings) {
    const ws = new WebSocket(`ws://${host.address}/ws`, { perMessageDeflate })
    await new Promise((resolve, reject) => {
      let n = 0
      ws.on('open', () => ws.send('0'.repeat(2000)))
      ws.on('error', reject)
      ws.on('close', resolve)
      ws.on('message', data => {
        assert.equal(String(data), String(n).repeat(2000))
        if (++n < 5) ws.send(String(n).repeat(2000))
        else ws.close()
      })
    })
  }
})
