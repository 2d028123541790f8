// Starts listener-host for a test and stops it, and fails the test if a sanitizer had something to say.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'

export const HOST = process.env.LISTENER_HOST
export const WORKERS = process.env.LISTENER_WORKERS ?? '1'

const complaint = /AddressSanitizer|LeakSanitizer|ThreadSanitizer|runtime error:|Assertion .* failed/
// A line that did not come through our log.
const libraryLine = /^\[\d{4}\/|lws_\w+: /m

// set: { 'limits.request': '"2s"' }; wrap: a command that the host is run under; env: added to its environment.
export async function startHost({ set = {}, web, wrap = [], env = {}, stdio = [] } = {}) {
  const args = Object.entries({ workers: WORKERS, ...set }).flatMap(([name, value]) => ['--set', `${name}=${value}`])
  const [command, ...rest] = [...wrap, HOST, ...args, ...(web ? ['--web', web] : [])]
  const child = spawn(command, rest, {
    env: { ...process.env, TSAN_OPTIONS: 'halt_on_error=0 exitcode=66', UBSAN_OPTIONS: 'print_stacktrace=1', ...env },
    stdio: ['ignore', 'pipe', 'pipe', ...stdio],
  })
  const host = { child, pid: child.pid, stderr: '', addresses: [] }
  child.stderr.setEncoding('utf8').on('data', text => { host.stderr += text })
  const exited = once(child, 'exit')
  let out = ''
  host.ready = await new Promise(resolve => {
    child.stdout.setEncoding('utf8').on('data', text => {
      out += text
      if (out.endsWith('\n')) resolve(true)
    })
    exited.then(() => resolve(false))
  })
  if (host.ready) host.addresses = JSON.parse(out).addresses
  host.address = host.addresses[0]
  host.url = `http://${host.address}`
  const [, port] = /:(\d+)$/.exec(host.address ?? '') ?? []
  host.port = Number(port)
  host.exited = exited
  host.log = async pattern => {
    for (let i = 0; i < 100 && !pattern.test(host.stderr); i++) await new Promise(r => setTimeout(r, 50))
    assert.match(host.stderr, pattern)
  }
  host.counts = async () => (await fetch(`${host.url}/counts`, { headers: { connection: 'close' } })).json()
  host.stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
    const [code, signal] = await exited
    assert.doesNotMatch(host.stderr, complaint)
    assert.doesNotMatch(host.stderr, libraryLine)
    assert.equal(signal, null, host.stderr)
    return code
  }
  return host
}

// A start that must fail; what it said.
export async function failedStart(options) {
  const host = await startHost(options)
  const code = await host.stop()
  assert.deepEqual([host.ready, code], [false, 1], host.stderr)
  return host.stderr
}

// A host for a whole file.
export function useHost(before, after, options = {}) {
  const shared = {}
  before(async () => {
    const host = await startHost(options)
    Object.assign(shared, host)
    Object.defineProperty(shared, 'stderr', { get: () => host.stderr })
    assert.ok(host.ready, host.stderr)
  })
  after(async () => assert.equal(await shared.stop(), 0))
  return shared
}

export const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))

export async function eventually(check, ms = 5000) {
  const until = Date.now() + ms
  for (;;) {
    try {
      return await check()
    } catch (error) {
      if (Date.now() > until) throw error
      await sleep(20)
    }
  }
}
