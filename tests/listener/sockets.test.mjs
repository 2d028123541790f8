// Where clients connect, who may, how many, and how it ends.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { eventually, failedStart, sleep, startHost } from './host.mjs'
import { closeFrame, connect, connectWebSocket, request, text } from './raw.mjs'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'listener-sockets-'))
after(() => fs.rmSync(folder, { recursive: true }))
const unix = name => path.join(folder, name)

async function withHost(options, use) {
  const host = await startHost(options)
  try {
    assert.ok(host.ready, host.stderr)
    await use(host)
  } finally {
    assert.equal(await host.stop(), 0)
  }
}

function assertRefused(response) {
  assert.equal(response.status, 503)
  assert.equal(response.headers['content-type'], 'application/problem+json')
  assert.equal(response.headers['retry-after'], '1')
  assert.equal(JSON.parse(response.body).code, 'connection_limit')
}

async function ask(address, message) {
  const raw = await connect(address)
  const response = await raw.write(message).response()
  raw.destroy()
  return response
}

test('a Unix socket: its mode, the requests, its removal', async () => {
  const file = unix('mode')
  await withHost({ set: { listen: `{{address="unix:${file}",unix_mode="0600"}}` } }, async host => {
    assert.deepEqual(host.addresses, [`unix:${file}`])
    assert.equal(fs.statSync(file).mode & 0o777, 0o600)
    const who = JSON.parse((await ask(host.address, request('GET', '/who', { 'X-Forwarded-For': '203.0.113.5' }))).body)
    assert.equal(who.address, 'unix') // nobody said that a proxy connects here
    const ws = await connectWebSocket(host.address)
    ws.write(text('over a Unix socket'))
    assert.equal((await ws.message()).payload.toString(), 'over a Unix socket')
    ws.destroy()
  })
  assert.ok(!fs.existsSync(file))
})

test('a socket that was left behind is replaced; one in use, or another file, is not', async () => {
  const file = unix('stale'), set = { listen: `{{address="unix:${file}"}}` }
  spawnSync(process.execPath, ['-e', `require('net').createServer().listen(${JSON.stringify(file)}, () => process.kill(process.pid, 'SIGKILL'))`])
  assert.ok(fs.existsSync(file))
  await withHost({ set }, async host => {
    assert.match(await failedStart({ set }), /another daemon listens here/)
    assert.equal((await ask(host.address, request('GET', '/hello'))).status, 200)
  })
  fs.writeFileSync(file, 'a file of somebody')
  await failedStart({ set })
  assert.equal(fs.readFileSync(file, 'utf8'), 'a file of somebody')
})

test('a second daemon on the same port is refused with the reason', async () => {
  await withHost({}, async host => {
    assert.match(await failedStart({ set: { listen: `{{address="${host.address}"}}` } }), /Address already in use/)
  })
})

test('several addresses, IPv6 among them where there is any', async () => {
  const v6 = await new Promise(resolve => {
    const server = net.createServer().on('error', () => resolve(false)).listen(0, '::1', () => server.close(() => resolve(true)))
  })
  const places = ['127.0.0.1:0', 'localhost:0', ...(v6 ? ['[::1]:0'] : [])].map(a => `{address="${a}"}`).join(',')
  await withHost({ set: { listen: `{${places}}` } }, async host => {
    for (const address of host.addresses) assert.equal((await ask(address, request('GET', '/hello'))).status, 200)
    if (v6) assert.ok(host.addresses.some(a => a.startsWith('[::1]:')))
  })
})

test('nonsense in `listen` is told', async () => {
  for (const address of ['nonsense', '127.0.0.1:99999999', 'unix:' + 'x'.repeat(200), 'no.such.host.invalid:80', '127.0.0.1:']) {
    assert.match(await failedStart({ set: { listen: `{{address="${address}"}}` } }), /error listener: /)
  }
})

test('sockets that the service manager passes are used', async () => {
  const server = net.createServer()
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  // sh tells its own pid, which exec keeps
  await withHost({ wrap: ['sh', '-c', 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"', 'sh'], stdio: [server._handle] }, async host => {
    server.close()
    assert.deepEqual(host.addresses, [`127.0.0.1:${port}`])
    assert.equal((await ask(host.address, request('GET', '/hello'))).status, 200)
  })
})

test('trusted proxies: the client\'s address is the rightmost that is no proxy', async () => {
  await withHost({ set: { trusted_proxies: '{"127.0.0.0/8","10.0.0.0/8","2001:db8::/32"}' } }, async host => {
    const who = async headers => JSON.parse((await ask(host.address, request('GET', '/who', headers))).body)
    const table = [
      [undefined, '127.0.0.1'], ['203.0.113.5', '203.0.113.5'], ['6.6.6.6, 203.0.113.5', '203.0.113.5'],
      ['203.0.113.5, 10.1.2.3', '203.0.113.5'], ['203.0.113.5,10.1.2.3 , 2001:db8::7', '203.0.113.5'],
      ['[2001:4860::1]:443', '2001:4860::1'], ['::ffff:203.0.113.5', '203.0.113.5'], ['203.0.113.5:1234', '203.0.113.5'],
      ['rubbish', '127.0.0.1'], ['6.6.6.6, rubbish, 10.0.0.1', '10.0.0.1'], ['10.0.0.9', '10.0.0.9'],
      [['1.1.1.1', '203.0.113.5'], '203.0.113.5'],
    ]
    for (const [forwarded, address] of table) assert.equal((await who({ 'X-Forwarded-For': forwarded })).address, address, String(forwarded))
    assert.equal((await who({ 'X-Forwarded-Proto': 'https' })).secure, true)
    assert.equal((await who({ 'X-Forwarded-Proto': 'http' })).secure, false)
  })
})

test('`proxy = true` believes whoever connects there', async () => {
  const file = unix('proxy')
  await withHost({ set: { listen: `{{address="unix:${file}",proxy=true},{address="127.0.0.1:0"}}` } }, async host => {
    const headers = { 'X-Forwarded-For': '203.0.113.5', 'X-Forwarded-Proto': 'https' }
    assert.deepEqual(Object.values(JSON.parse((await ask(host.addresses[0], request('GET', '/who', headers))).body)).slice(0, 2), ['203.0.113.5', true])
    assert.equal(JSON.parse((await ask(host.addresses[1], request('GET', '/who', headers))).body).address, '127.0.0.1')
  })
})

test('connections of one address are bounded, behind a proxy by the client\'s own', async () => {
  await withHost({ set: { 'limits.connections_per_address': 5 } }, async host => {
    const all = await Promise.all(Array.from({ length: 5 }, () => connectWebSocket(host.address)))
    assertRefused(await (await connect(host.address)).response())
    assertRefused((await connectWebSocket(host.address)).handshake)
    all[0].destroy()
    await eventually(async () => {
      const again = await connectWebSocket(host.address)
      again.destroy()
      assert.equal(again.handshake?.status, 101)
    })
    all.forEach(raw => raw.destroy())
  })
  await withHost({ set: { 'limits.connections_per_address': 2, trusted_proxies: '{"127.0.0.1"}' } }, async host => {
    const from = address => connectWebSocket(host.address, '/ws', { 'X-Forwarded-For': address })
    const kept = [await from('203.0.113.1'), await from('203.0.113.1'), await from('203.0.113.2')]
    assert.deepEqual(kept.map(raw => raw.handshake.status), [101, 101, 101])
    const third = await from('203.0.113.1')
    assertRefused(third.handshake)
    kept.concat(third).forEach(raw => raw.destroy())
  })
})

test('connections in all are bounded', async () => {
  await withHost({ set: { 'limits.connections': 10 } }, async host => {
    const all = await Promise.all(Array.from({ length: 10 }, () => connectWebSocket(host.address)))
    assert.ok(all.every(raw => raw.handshake.status === 101))
    assertRefused(await ask(host.address, request('GET', '/hello')))
    all.forEach(raw => raw.destroy())
  })
})

test('those who are refused hold next to nothing, whatever they send or do not read', async () => {
  await withHost({ set: { 'limits.connections': 5 } }, async host => {
    const held = await Promise.all(Array.from({ length: 5 }, () => connectWebSocket(host.address)))
    const descriptors = () => fs.readdirSync(`/proc/${host.pid}/fd`).length
    const before = descriptors()
    const refused = await Promise.all(Array.from({ length: 150 }, () => connect(host.address)))
    for (const raw of refused) raw.write(request('POST', '/echo', { 'Content-Length': 50000 }, 'x'.repeat(50000)))
    assertRefused(await refused.at(-1).response())
    assert.ok(descriptors() <= before + 33, `${descriptors() - before} descriptors more`)
    await eventually(async () => assert.equal(descriptors(), before))
    held[0].write(text('still here'))
    assert.equal((await held[0].message()).payload.toString(), 'still here')
    held.concat(refused).forEach(raw => raw.destroy())
  })
})

test('descriptors that run out neither spin the daemon nor stop it for good', async () => {
  await withHost({ wrap: ['sh', '-c', 'ulimit -n 160; exec "$@"', 'sh'] }, async host => {
    const all = []
    for (let i = 0; i < 200; i++) all.push(await connect(host.address))
    await sleep(300)
    const ticks = () => fs.readFileSync(`/proc/${host.pid}/stat`, 'utf8').split(') ')[1].split(' ').slice(11, 13).reduce((a, b) => a + Number(b), 0)
    const before = ticks()
    await sleep(1000)
    assert.ok(ticks() - before < 30, `${ticks() - before} ticks of CPU in a second`)
    all.forEach(raw => raw.destroy())
    await eventually(async () => assert.equal((await ask(host.address, request('GET', '/hello')))?.status, 200))
  })
})

test('who connects and says nothing, or never ends its headers, is closed', async () => {
  await withHost({ set: { 'limits.first_byte': '"3s"', 'limits.request': '"5s"' } }, async host => {
    const started = Date.now()
    const silent = await connect(host.address), halting = await connect(host.address)
    halting.write('GET /hello HTTP/1.1\r\nHost: local')
    const drip = setInterval(() => halting.write('x'), 1000)
    assert.equal((await silent.rest(15000)).length, 0)
    const took = Date.now() - started
    assert.ok(took > 1900 && took < 9000, `${took} ms`)
    assert.equal((await halting.response()).status, 408)
    await halting.rest(25000)
    clearInterval(drip)
    assert.ok(Date.now() - started > 3900, `${Date.now() - started} ms`)
  })
})

test('who was answered and asks nothing more is closed after limits.keep_alive', async () => {
  await withHost({ set: { 'limits.keep_alive': '"2s"', 'limits.first_byte': '"1h"' } }, async host => {
    const raw = await connect(host.address)
    assert.equal((await raw.write(request('GET', '/hello')).response()).status, 200)
    await sleep(500)
    assert.equal((await raw.write(request('GET', '/hello')).response()).status, 200)
    const started = Date.now()
    assert.equal((await raw.rest(15000)).length, 0)
    assert.ok(Date.now() - started > 900, `${Date.now() - started} ms`)
  })
})

test('limits.send_buffer: how much the kernel takes for who does not read', async () => {
  const left = async size => {
    let waiting
    await withHost({ set: { 'limits.send_buffer': size, 'limits.queue': '"4M"', workers: 1 } }, async host => {
      const slow = await connectWebSocket(host.address)
      slow.socket.pause()
      slow.write(text('!flood 300 10000'))
      await eventually(async () => {
        const before = (await host.counts()).buffers
        await sleep(100)
        waiting = (await host.counts()).buffers
        assert.ok(waiting > 0 && waiting === before, `${before}, ${waiting}`)
      })
      slow.destroy()
    })
    return waiting
  }
  const small = await left('"8k"'), large = await left('"256k"')
  assert.ok(small > large + 100000, `${small} and ${large} bytes wait`)
})

test('draining accepts nobody new and lets those finish who are there', async () => {
  await withHost({}, async host => {
    const raw = await connect(host.address), ws = await connectWebSocket(host.address)
    raw.write(request('GET', '/later?ms=400'))
    await sleep(50)
    host.child.kill('SIGUSR1')
    await sleep(150)
    const late = await connect(host.address).catch(() => null)
    late?.write(request('GET', '/hello'))
    const answer = await raw.response()
    assert.equal(answer.body, 'later')
    assert.equal(await raw.response(), null)
    ws.write(text('still here'))
    assert.equal((await ws.message()).payload.toString(), 'still here')
    ws.write(closeFrame(1000))
    assert.equal((await ws.closing()).code, 1000)
    late?.destroy()
  })
})

test('stopping with connections open ends them all', async () => {
  const host = await startHost()
  const all = await Promise.all(Array.from({ length: 20 }, () => connectWebSocket(host.address)))
  const raw = await connect(host.address)
  raw.write(request('GET', '/never'))
  const body = await connect(host.address)
  body.write(request('POST', '/echo', { 'Content-Length': 100 }, 'half'))
  await sleep(100)
  assert.equal(await host.stop(), 0)
  for (const each of [...all, raw, body]) await each.rest(2000)
})

test('too much waiting for all together: those who hold most are closed, the others go on', async () => {
  await withHost({ set: { 'limits.queue': '"4M"', 'limits.queue_total': '"8M"', workers: 1 } }, async host => {
    const slow = await Promise.all(Array.from({ length: 6 }, () => connectWebSocket(host.address)))
    const good = await connectWebSocket(host.address)
    for (const raw of slow) {
      raw.socket.pause()
      raw.write(text('!flood 30 100000'))
    }
    good.write(text('good'))
    assert.equal((await good.message()).payload.toString(), 'good')
    await eventually(async () => {
      const counts = await host.counts()
      assert.ok(counts.buffers <= 8 << 20 && counts.endpoints >= 2, JSON.stringify(counts))
    }, 9000)
    good.write(text('still good'))
    assert.equal((await good.message()).payload.toString(), 'still good')
    slow.forEach(raw => raw.destroy())
    good.destroy()
  })
})

test('a reload takes over limits, hosts and proxies', async () => {
  await withHost({ set: { allowed_hosts: '{"chat.example.org"}' } }, async host => {
    assert.equal((await ask(host.address, request('GET', '/hello', { Host: 'chat.example.org' }))).status, 200)
    const open = await connectWebSocket(host.address)
    for (let i = 0; i < 5; i++) {
      host.child.kill('SIGHUP')
      await sleep(30)
      open.write(text(`after ${i}`))
      assert.equal((await open.message()).payload.toString(), `after ${i}`)
    }
    await host.log(/reloaded/)
    open.destroy()
  })
})
