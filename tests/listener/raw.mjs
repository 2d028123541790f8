// Sockets without a library in between: HTTP requests as written, WebSocket frames as built.
import { randomBytes } from 'node:crypto'
import net from 'node:net'

export class Raw {
  constructor(socket) {
    this.socket = socket
    this.bytes = Buffer.alloc(0)
    this.ended = false
    this.error = null
    this.waiting = []
    socket.on('data', data => { this.bytes = Buffer.concat([this.bytes, data]); this.wake() })
    socket.on('end', () => { this.ended = true; this.wake() })
    socket.on('close', () => { this.ended = true; this.wake() })
    socket.on('error', error => { this.error = error; this.ended = true; this.wake() })
  }

  wake() {
    for (const wake of this.waiting.splice(0)) wake()
  }

  write(data) {
    this.socket.write(data)
    return this
  }

  // Waits until take() gives something, the other side has ended (then null), or too long (then an error).
  async until(take, ms = 8000) {
    const deadline = Date.now() + ms
    for (;;) {
      const taken = take()
      if (taken !== undefined && taken !== null) return taken
      if (this.ended) return null
      const left = deadline - Date.now()
      if (left <= 0) throw new Error(`nothing came within ${ms} ms; so far: ${this.bytes.toString('latin1').slice(0, 300)}`)
      await new Promise(resolve => {
        const timer = setTimeout(resolve, left)
        this.waiting.push(() => { clearTimeout(timer); resolve() })
      })
    }
  }

  // One response; { status, headers, body }, null if the connection ends first.
  response({ head = false, ms } = {}) {
    return this.until(() => {
      const end = this.bytes.indexOf('\r\n\r\n')
      if (end < 0) return null
      const [line, ...lines] = this.bytes.subarray(0, end).toString('latin1').split('\r\n')
      const status = Number(line.split(' ')[1])
      const headers = Object.fromEntries(lines.map(l => [l.slice(0, l.indexOf(':')).toLowerCase(), l.slice(l.indexOf(':') + 1).trim()]))
      const length = head || status < 200 || status === 204 || status === 304 ? 0 : Number(headers['content-length'] ?? 0)
      if (this.bytes.length < end + 4 + length) return null
      const body = this.bytes.subarray(end + 4, end + 4 + length)
      this.bytes = this.bytes.subarray(end + 4 + length)
      return { status, headers, body: body.toString('utf8') }
    }, ms)
  }

  // Everything until the end.
  async rest(ms) {
    await this.until(() => null, ms)
    return this.bytes
  }

  // One frame; { fin, rsv, opcode, payload }, null if the connection ends first.
  frame(ms) {
    return this.until(() => {
      const b = this.bytes
      if (b.length < 2) return null
      let length = b[1] & 0x7f, at = 2
      if (length === 126) {
        if (b.length < 4) return null
        length = b.readUInt16BE(2)
        at = 4
      } else if (length === 127) {
        if (b.length < 10) return null
        length = Number(b.readBigUInt64BE(2))
        at = 10
      }
      if (b[1] & 0x80) throw new Error('a server must not mask')
      if (b.length < at + length) return null
      this.bytes = b.subarray(at + length)
      return { fin: !!(b[0] & 0x80), rsv: b[0] >> 4 & 7, opcode: b[0] & 15, payload: Buffer.from(b.subarray(at, at + length)) }
    }, ms)
  }

  // A message of one or more frames, { opcode, rsv, payload, frames }; control frames are passed over.
  async message(ms) {
    const parts = []
    let first
    for (;;) {
      const frame = await this.frame(ms)
      if (!frame) return null
      if (frame.opcode >= 8) {
        if (frame.opcode === 8) return frame
        continue
      }
      first ??= frame
      parts.push(frame.payload)
      if (frame.fin) return { opcode: first.opcode, rsv: first.rsv, payload: Buffer.concat(parts), frames: parts.length }
    }
  }

  // How the other side closed: { code, reason }, or 'eof'.
  async closing(ms) {
    for (;;) {
      const frame = await this.frame(ms)
      if (!frame) return { code: null, reason: 'eof' }
      if (frame.opcode === 8)
        return { code: frame.payload.length >= 2 ? frame.payload.readUInt16BE(0) : 1005, reason: frame.payload.subarray(2).toString() }
    }
  }

  destroy() {
    this.socket.destroy()
  }
}

export function connect(address, options = {}) {
  const at = address.startsWith('unix:') ? { path: address.slice(5) }
    : { host: address.slice(0, address.lastIndexOf(':')).replace(/[[\]]/g, ''), port: Number(address.slice(address.lastIndexOf(':') + 1)) }
  return new Promise((resolve, reject) => {
    const socket = net.connect({ ...at, ...options, noDelay: true })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      resolve(new Raw(socket))
    })
  })
}

export function request(method, path, headers = {}, body = '') {
  const all = { Host: 'localhost', ...headers }
  const lines = Object.entries(all).flatMap(([name, value]) => [value].flat().filter(v => v !== undefined).map(v => `${name}: ${v}\r\n`))
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`
}

export function upgrade(path = '/ws', headers = {}) {
  return request('GET', path, {
    Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'), ...headers,
  })
}

// A WebSocket whose frames are ours to build; its response is in .handshake.
export async function connectWebSocket(address, path, headers) {
  const raw = await connect(address)
  raw.write(upgrade(path, headers))
  raw.handshake = await raw.response()
  return raw
}

export function frame(opcode, payload = '', { fin = true, rsv = 0, mask = true, key = randomBytes(4), length } = {}) {
  const data = Buffer.from(payload)
  const size = length ?? data.length
  const head = [(fin ? 0x80 : 0) | rsv << 4 | opcode]
  if (size < 126) head.push((mask ? 0x80 : 0) | size)
  else if (size < 65536) head.push((mask ? 0x80 : 0) | 126, size >> 8, size & 255)
  else {
    const long = Buffer.alloc(8)
    long.writeBigUInt64BE(BigInt(size))
    head.push((mask ? 0x80 : 0) | 127, ...long)
  }
  if (!mask) return Buffer.concat([Buffer.from(head), data])
  const masked = Buffer.from(data)
  for (let i = 0; i < masked.length; i++) masked[i] ^= key[i & 3]
  return Buffer.concat([Buffer.from(head), key, masked])
}

export const text = (payload, options) => frame(1, payload, options)
export function closeFrame(code, reason = '') {
  const head = Buffer.alloc(2)
  head.writeUInt16BE(code)
  return frame(8, Buffer.concat([head, Buffer.from(reason)]))
}
