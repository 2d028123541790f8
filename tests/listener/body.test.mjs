// Bodies: libwebsockets bounds none of them, so every rule here is ours.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sleep, useHost } from './host.mjs'
import { connect, request } from './raw.mjs'

const host = useHost(before, after, { set: { 'limits.request': '"2s"' } })

async function ask(text) {
  const raw = await connect(host.address)
  const response = await raw.write(text).response()
  return { raw, response }
}

async function refused(text, status, code) {
  const { raw, response } = await ask(text)
  assert.equal(response?.status, status)
  assert.equal(JSON.parse(response.body).code, code)
  assert.equal(response.headers.connection, 'close')
  await raw.rest() // and it does close
}

for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
  test(`${method} with a body of any size up to the most`, async () => {
    for (const size of [0, 1, 125, 126, 4095, 16384, 65536, 100000]) {
      const body = 'x'.repeat(size)
      const { raw, response } = await ask(request(method, '/echo', { 'Content-Length': size }, body))
      assert.equal(response.status, 200, `${size}`)
      assert.equal(response.body, body)
      raw.destroy()
    }
  })
}

test('a body that comes byte by byte', async () => {
  const raw = await connect(host.address)
  raw.write(request('POST', '/echo', { 'Content-Length': 10 }))
  for (const c of '0123456789') {
    raw.write(c)
    await sleep(5)
  }
  assert.equal((await raw.response()).body, '0123456789')
  raw.destroy()
})

test('Expect: 100-continue gets its interim answer', async () => {
  const raw = await connect(host.address)
  raw.write(request('POST', '/echo', { 'Content-Length': 4, Expect: '100-continue' }))
  assert.equal((await raw.response()).status, 100)
  raw.write('body')
  assert.equal((await raw.response()).body, 'body')
  raw.destroy()
})

test('Transfer-Encoding is 501', async () => {
  await refused(request('POST', '/echo', { 'Transfer-Encoding': 'chunked' }, '4\r\nabcd\r\n0\r\n\r\n'), 501, 'not_implemented')
  await refused(request('GET', '/hello', { 'Transfer-Encoding': 'chunked' }, '0\r\n\r\n'), 501, 'not_implemented')
  await refused(request('POST', '/echo', { 'Transfer-Encoding': 'chunked', 'Content-Length': '4' }, '4\r\nabcd\r\n0\r\n\r\n'), 501, 'not_implemented')
})

test('a missing length is 411', async () => {
  for (const method of ['POST', 'PUT', 'PATCH']) await refused(request(method, '/echo', {}, 'abc'), 411, 'length_required')
})

test('a length that makes no sense, or two of them, is 400', async () => {
  for (const length of ['-1', '+5', '5 5', '0x10', 'five', '99999999999999999999', '1e3', '5,5'])
    await refused(request('POST', '/echo', { 'Content-Length': length }, 'abcde'), 400, 'invalid_request')
  await refused(request('POST', '/echo', { 'Content-Length': ['3', '3'] }, 'abc'), 400, 'invalid_request')
  await refused(request('POST', '/echo', { 'Content-Length': ['3', '4'] }, 'abcd'), 400, 'invalid_request')
})

test('a body beyond the route\'s bound is 413, without waiting for it', async () => {
  await refused(request('POST', '/echo', { 'Content-Length': 100001 }), 413, 'too_large')
  await refused(request('POST', '/small', { 'Content-Length': 11 }, 'x'.repeat(11)), 413, 'too_large')
  await refused(request('GET', '/hello', { 'Content-Length': 1 }, 'x'), 413, 'too_large')
  const { raw, response } = await ask(request('POST', '/small', { 'Content-Length': 10 }, 'x'.repeat(10)))
  assert.equal(response.status, 200)
  raw.destroy()
})

test('the answer to a large unwanted body arrives although the client goes on sending', async () => {
  const raw = await connect(host.address)
  raw.write(request('POST', '/small', { 'Content-Length': 2000000 }))
  for (let i = 0; i < 20; i++) raw.write('y'.repeat(100000))
  assert.equal((await raw.response()).status, 413)
})

test('a body to nobody is 404 or 405, and the connection ends', async () => {
  await refused(request('POST', '/nowhere', { 'Content-Length': 3 }, 'abc'), 404, 'not_found')
  await refused(request('POST', '/hello', { 'Content-Length': 3 }, 'abc'), 405, 'method_not_allowed')
})

test('surplus bytes: the request is answered, then the connection closes', async () => {
  const raw = await connect(host.address)
  raw.write(request('POST', '/echo', { 'Content-Length': 3 }, 'abcdefgh'))
  assert.equal((await raw.response()).body, 'abc')
  assert.equal(await raw.response(), null)
})

test('two pipelined POSTs are not taken for one body', async () => {
  const raw = await connect(host.address)
  const one = request('POST', '/echo', { 'Content-Length': 5 }, 'first')
  raw.write(one + request('POST', '/echo', { 'Content-Length': 6 }, 'second'))
  assert.equal((await raw.response()).body, 'first')
  const next = await raw.response()
  assert.ok(next === null || next.body === 'second')
  raw.destroy()
})

test('one deadline for the whole body, which no chunk renews', async () => {
  const raw = await connect(host.address)
  const started = Date.now()
  raw.write(request('POST', '/echo', { 'Content-Length': 1000 }))
  const timer = setInterval(() => raw.write('z'), 200)
  const response = await raw.response()
  clearInterval(timer)
  assert.equal(response.status, 408)
  assert.equal(JSON.parse(response.body).code, 'request_timeout')
  assert.ok(Date.now() - started < 6000)
})
