// libwebsockets built with netlink support closes healthy clients when any route changes. In a network namespace of its
// own a route is added and taken away, and an idle WebSocket must stay.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import { sleep, startHost } from './host.mjs'
import { connectWebSocket, text } from './raw.mjs'

const run = (...args) => spawnSync(args[0], args.slice(1), { encoding: 'utf8' })

async function inNamespace() {
  assert.equal(run('ip', 'link', 'set', 'lo', 'up').status, 0)
  const host = await startHost()
  const raw = await connectWebSocket(host.address)
  for (const line of ['route add 10.98.0.0/16 dev lo', 'route del 10.98.0.0/16 dev lo', 'addr add 10.97.0.1/24 dev lo', 'addr del 10.97.0.1/24 dev lo']) {
    assert.equal(run('ip', ...line.split(' ')).status, 0, line)
    await sleep(200)
  }
  raw.write(text('still here'))
  assert.equal((await raw.message()).payload.toString(), 'still here')
  raw.destroy()
  assert.equal(await host.stop(), 0)
}

if (process.env.LISTENER_NAMESPACE) {
  await inNamespace()
} else {
  const able = run('unshare', '-n', 'ip', 'link', 'set', 'lo', 'up').status === 0
  test('a route that changes closes nobody', { skip: able ? false : 'needs root, unshare and ip, to make a network namespace' }, () => {
    const inner = spawnSync('unshare', ['-n', process.execPath, fileURLToPath(import.meta.url)],
      { env: { ...process.env, LISTENER_NAMESPACE: '1' }, encoding: 'utf8', timeout: 30000 })
    assert.equal(inner.status, 0, inner.stderr)
  })
}
