// Answers that stay open, as SSE does.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { eventually, sleep, useHost } from './host.mjs'
import { connect, request } from './raw.mjs'

const host = useHost(before, after, { set: { 'limits.request': '"1s"' } })

test('a stream begins at once, each flush ends with what its owner adds, and it ends when told', async () => {
  const raw = await connect(host.address)
  const bytes = (await raw.write(request('GET', '/stream')).rest()).toString()
  const [head, ...rest] = bytes.split('\r\n\r\n')
  assert.match(head, /^HTTP\/1.1 200 OK/)
  assert.match(head, /Content-Type: text\/event-stream/)
  assert.match(head, /Connection: close/)
  assert.doesNotMatch(head, /Content-Length/)
  const blocks = rest.join('').trim().split('\n\n')
  assert.deepEqual(blocks.filter(b => b.startsWith('data')), [1, 2, 3, 4, 5].map(n => `data: ${n}`))
  for (let n = 1; n <= 5; n++) assert.equal(blocks[blocks.indexOf(`data: ${n}`) + 1], `id: ${n}`)
})

test('50 streams at once, longer than any deadline of a request', async () => {
  const all = await Promise.all(Array.from({ length: 50 }, () => connect(host.address)))
  all.forEach(raw => raw.write(request('GET', '/stream?last=60')))
  await eventually(async () => assert.equal((await host.counts()).streams, 50))
  for (const raw of all) assert.match((await raw.rest()).toString(), /data: 60\n\n/)
  await eventually(async () => assert.equal((await host.counts()).streams, 0))
})

test('a client that leaves is noticed, whether it closes, half-closes or resets', async () => {
  for (const leave of [raw => raw.destroy(), raw => raw.socket.end(), raw => raw.socket.resetAndDestroy()]) {
    const raw = await connect(host.address)
    raw.write(request('GET', '/stream?last=1000'))
    await raw.response()
    leave(raw)
    await eventually(async () => assert.equal((await host.counts()).streams, 0))
    raw.destroy()
  }
})

test('what a client still sends into a stream is thrown away', async () => {
  const raw = await connect(host.address)
  raw.write(request('GET', '/stream'))
  for (let i = 0; i < 5; i++) {
    raw.write(request('GET', '/hello') + 'x'.repeat(10000))
    await sleep(10)
  }
  const bytes = (await raw.rest()).toString()
  assert.match(bytes, /data: 5\n\n/)
  assert.equal(bytes.match(/HTTP\/1.1/g).length, 1)
})
