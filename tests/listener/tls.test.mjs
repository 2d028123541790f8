// TLS with real clients: node's, and OpenSSL's s_client.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import https from 'node:https'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import tls from 'node:tls'
import WebSocket from 'ws'
import { eventually, failedStart, startHost } from './host.mjs'
import { Raw, request } from './raw.mjs'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'listener-tls-'))
const certificate = path.join(folder, 'cert.pem'), key = path.join(folder, 'key.pem')
let host

function makeCertificate(name, certificateFile = certificate, keyFile = key) {
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', `/CN=${name}`,
    '-addext', `subjectAltName=DNS:${name},DNS:localhost,IP:127.0.0.1`, '-keyout', keyFile, '-out', certificateFile], { stdio: 'ignore' })
}

const place = (file = certificate, keyFile = key) => `{address="127.0.0.1:0",tls={certificate="${file}",key="${keyFile}"}}`

before(async () => {
  makeCertificate('first.example')
  makeCertificate('other.example', path.join(folder, 'cert2.pem'), path.join(folder, 'key2.pem'))
  host = await startHost({
    set: { listen: `{${place()},{address="127.0.0.1:0"},${place(path.join(folder, 'cert2.pem'), path.join(folder, 'key2.pem'))}}` },
  })
  assert.ok(host.ready, host.stderr)
})
after(async () => {
  assert.equal(await host.stop(), 0)
  fs.rmSync(folder, { recursive: true })
})

const port = i => Number(host.addresses[i].split(':')[1])

async function connectTls(options = {}) {
  const socket = tls.connect({ host: '127.0.0.1', port: port(0), rejectUnauthorized: false, servername: 'localhost', ...options })
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
  return socket
}

const nameOf = socket => socket.getPeerCertificate().subject.CN

test('requests over TLS are secure ones; the place without TLS stays plain', async () => {
  const body = await new Promise((resolve, reject) => {
    https.get(`https://localhost:${port(0)}/who`, { rejectUnauthorized: false }, response => {
      let text = ''
      response.on('data', data => { text += data }).on('end', () => resolve(JSON.parse(text)))
    }).on('error', reject)
  })
  assert.equal(body.secure, true)
  assert.equal((await (await fetch(`http://${host.addresses[1]}/who`)).json()).secure, false)
})

test('each place has its own certificate, whatever name the client asks for', async () => {
  for (const servername of ['localhost', 'first.example', 'other.example', 'plain', 'tls0', 'tls2']) {
    const first = await connectTls({ servername })
    assert.equal(nameOf(first), 'first.example', servername)
    const other = await connectTls({ port: port(2), servername })
    assert.equal(nameOf(other), 'other.example', servername)
    first.destroy()
    other.destroy()
  }
})

test('ALPN offers http/1.1 only', async () => {
  const socket = await connectTls({ ALPNProtocols: ['h2', 'http/1.1'] })
  assert.equal(socket.alpnProtocol, 'http/1.1')
  socket.destroy()
})

test('OpenSSL\'s client: TLS 1.2 and 1.3, not 1.1', () => {
  const client = (...args) => spawnSync('openssl', ['s_client', '-connect', `127.0.0.1:${port(0)}`, ...args],
    { input: 'GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', encoding: 'utf8', timeout: 10000 })
  assert.match(client('-tls1_3', '-quiet', '-no_ign_eof').stdout + client('-tls1_3', '-ign_eof').stdout, /200 OK/)
  assert.match(client('-tls1_2', '-ign_eof').stdout, /200 OK/)
  assert.doesNotMatch(client('-tls1_1', '-cipher', 'DEFAULT@SECLEVEL=0', '-ign_eof').stdout, /200 OK/)
})

test('large bodies both ways, and requests one after the other', async () => {
  const raw = new Raw(await connectTls())
  for (const size of [1, 16384, 100000]) {
    const body = 'q'.repeat(size)
    raw.write(request('POST', '/echo', { 'Content-Length': size }, body))
    assert.equal((await raw.response()).body, body)
  }
  raw.write(request('GET', '/big?n=2000000'))
  assert.equal((await raw.response()).body.length, 2000000)
  raw.write(request('GET', '/later?ms=20') + request('GET', '/hello/2'))
  assert.equal((await raw.response()).body, 'later')
  assert.equal((await raw.response()).body, 'hello 2 q=- query=-')
  raw.destroy()
})

test('WebSockets over TLS, compressed and not, closed in order', async () => {
  for (const perMessageDeflate of [false, true]) {
    const ws = new WebSocket(`wss://localhost:${port(0)}/ws`, 'test.v1', { rejectUnauthorized: false, perMessageDeflate })
    const big = Array.from({ length: 120000 }, (_, i) => i % 10).join('')
    const got = []
    const started = Date.now()
    ws.on('open', () => { for (const data of ['small', big, '!close 4000']) ws.send(data) })
    ws.on('message', data => got.push(String(data)))
    const [code] = await new Promise((resolve, reject) => {
      ws.on('error', reject)
      ws.on('close', (...args) => resolve(args))
    })
    assert.deepEqual([got[0], got[1] === big, got[2], code], ['small', true, 'before', 4000])
    assert.ok(Date.now() - started < 4000)
  }
})

test('a slow TLS reader is closed and others go on', async () => {
  const slow = new WebSocket(`wss://localhost:${port(0)}/ws`, { rejectUnauthorized: false, perMessageDeflate: false })
  await new Promise(resolve => slow.on('open', resolve))
  slow.pause()
  slow.send('!flood 60 100000')
  await eventually(async () => {
    const counts = await (await fetch(`http://${host.addresses[1]}/counts`)).json()
    assert.equal(counts.endpoints, 0)
  }, 12000)
  slow.terminate()
})

test('a stream over TLS ends properly', async () => {
  const raw = new Raw(await connectTls())
  assert.match((await raw.write(request('GET', '/stream')).rest()).toString(), /data: 5\n\nid: 5\n\n$/)
  assert.equal(raw.error, null)
})

test('plain HTTP to the TLS port, and a handshake that stops, harm nobody', async () => {
  assert.equal(await fetch(`http://${host.addresses[0]}/hello`).then(() => 'answered', () => 'closed'), 'closed')
  const socket = await connectTls()
  assert.equal(nameOf(socket), 'first.example')
  socket.destroy()
})

test('SIGHUP loads a new certificate; connections that are open stay', async () => {
  const open = new Raw(await connectTls())
  makeCertificate('second.example')
  host.child.kill('SIGHUP')
  await eventually(async () => {
    const socket = await connectTls()
    assert.equal(nameOf(socket), 'second.example')
    socket.destroy()
  })
  for (let i = 0; i < 4; i++) { // whichever worker
    const socket = await connectTls()
    assert.equal(nameOf(socket), 'second.example')
    socket.destroy()
  }
  assert.equal((await open.write(request('GET', '/hello')).response()).status, 200)
  open.destroy()
})

test('a certificate that cannot be used changes nothing', async () => {
  fs.writeFileSync(certificate, 'rubbish')
  host.child.kill('SIGHUP')
  await eventually(() => assert.match(host.stderr, /cert\.pem or the key .* cannot be used/))
  const socket = await connectTls()
  assert.equal(nameOf(socket), 'second.example')
  socket.destroy()
})

test('a start with a certificate that does not fit its key fails with the reason', async () => {
  makeCertificate('third.example', path.join(folder, 'c3.pem'), path.join(folder, 'k3.pem'))
  const stderr = await failedStart({ set: { listen: `{${place(path.join(folder, 'c3.pem'), path.join(folder, 'key2.pem'))}}` } })
  assert.match(stderr, /c3\.pem or the key .*key2\.pem cannot be used/)
})
