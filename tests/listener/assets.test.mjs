// The web app's files.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import zlib from 'node:zlib'
import { useHost } from './host.mjs'
import { connect, request } from './raw.mjs'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'listener-assets-'))
const script = 'console.log("carillon");\n'.repeat(400)
fs.mkdirSync(path.join(folder, 'assets'))
const put = (name, data) => fs.writeFileSync(path.join(folder, name), data)
put('index.html', `<!doctype html><title>app</title>${'<p>text</p>'.repeat(100)}`)
put('assets/app-1a2b3c.js', script)
put('assets/app-1a2b3c.js.br', zlib.brotliCompressSync(script))
put('icon.png', Buffer.alloc(600, 5))
put('robots.txt', 'User-agent: *\n')
put('.hidden', 'secret')
put('large.js', 'x = 1;\n'.repeat(100000))

const host = useHost(before, after, { web: folder })
after(() => fs.rmSync(folder, { recursive: true }))

async function get(target, headers = {}, method = 'GET') {
  const raw = await connect(host.address)
  raw.write(request(method, target, { Connection: 'close', ...headers }))
  const bytes = await raw.rest()
  const end = bytes.indexOf('\r\n\r\n')
  const [line, ...lines] = bytes.subarray(0, end).toString().split('\r\n')
  const found = Object.fromEntries(lines.map(l => [l.slice(0, l.indexOf(':')).toLowerCase(), l.slice(l.indexOf(':') + 2)]))
  return { status: Number(line.split(' ')[1]), headers: found, body: bytes.subarray(end + 4) }
}

test('a hashed file is immutable, compressed as the client likes best', async () => {
  const brotli = await get('/assets/app-1a2b3c.js', { 'Accept-Encoding': 'gzip, deflate, br' })
  assert.equal(brotli.headers['content-encoding'], 'br')
  assert.equal(zlib.brotliDecompressSync(brotli.body).toString(), script)
  assert.equal(brotli.headers['cache-control'], 'public, max-age=31536000, immutable')
  assert.match(brotli.headers['content-type'], /^text\/javascript/)
  assert.equal(brotli.headers.vary, 'Accept-Encoding')
  const gzip = await get('/assets/app-1a2b3c.js', { 'Accept-Encoding': 'gzip' })
  assert.equal(zlib.gunzipSync(gzip.body).toString(), script)
  for (const coding of [undefined, 'identity', 'br;q=0, gzip;q=0', 'xbr']) {
    const plain = await get('/assets/app-1a2b3c.js', { 'Accept-Encoding': coding })
    assert.equal(plain.headers['content-encoding'], undefined, coding)
    assert.equal(plain.body.toString(), script)
  }
  assert.notEqual(brotli.headers.etag, gzip.headers.etag)
})

test('a known ETag is answered with 304 and nothing else', async () => {
  const { headers } = await get('/robots.txt')
  for (const tag of [headers.etag, `W/${headers.etag}`, `"other", ${headers.etag}`, '*']) {
    const again = await get('/robots.txt', { 'If-None-Match': tag })
    assert.deepEqual([again.status, again.body.length, again.headers.etag], [304, 0, headers.etag])
  }
  assert.equal((await get('/robots.txt', { 'If-None-Match': '"other"' })).status, 200)
})

test('pages of the app get index.html with a strict policy; what looks like a file does not', async () => {
  for (const page of ['/', '/index.html', '/c/general', '/settings/profile']) {
    const { status, headers, body } = await get(page)
    assert.equal(status, 200, page)
    assert.match(body.toString(), /<title>app/)
    assert.match(headers['content-security-policy'], /default-src 'none'; script-src 'self'/)
    assert.match(headers['content-security-policy'], /frame-ancestors 'none'/)
    assert.match(headers['content-security-policy'], /connect-src 'self' https:\/\/api.example;/)
    assert.equal(headers['cache-control'], 'no-cache')
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['referrer-policy'], 'no-referrer')
  }
  for (const missing of ['/missing.js', '/assets/gone', '/api/v1/nothing', '/.hidden', '/favicon.ico']) assert.equal((await get(missing)).status, 404, missing)
  assert.match((await get('/hello')).body.toString(), /^hello/) // a route wins
})

test('HEAD and other methods', async () => {
  const head = await get('/icon.png', {}, 'HEAD')
  assert.deepEqual([head.status, head.headers['content-length'], head.headers['content-type'], head.body.length], [200, '600', 'image/png', 0])
  assert.equal((await get('/icon.png', { 'Content-Length': '0' }, 'POST')).status, 404)
})

test('no path leaves the folder', async () => {
  for (const target of ['/../../etc/passwd', '/assets/../../../etc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '/assets/%2e%2e%2f%2e%2e%2fetc%2fpasswd', '//etc/passwd']) {
    const { status, body } = await get(target)
    assert.ok([200, 400, 403, 404].includes(status), `${target} ${status}`)
    assert.doesNotMatch(body.toString(), /root:/)
  }
})

test('a large file arrives whole', async () => {
  assert.equal((await get('/large.js')).body.length, 700000)
})
