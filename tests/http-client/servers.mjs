// Servers to be asked: one that behaves as its path says, over HTTP or HTTPS, and some that are no HTTP servers at all.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

async function listen(t, server) {
    const sockets = new Set();
    server.on('connection', socket => {
        sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => sockets.delete(socket));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => {
        server.close();
        sockets.forEach(socket => socket.destroy());
    });
    return { port: server.address().port, sockets };
}

const body = async request => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
};

// path → what is done with the request
const behaviours = {
    // what was asked, as it arrived
    '/echo': async (request, response) => {
        const { method, url, rawHeaders } = request;
        response.setHeader('X-Answer', 'yes');
        response.end(JSON.stringify({ method, url, rawHeaders, body: await body(request) }));
    },
    '/silent': () => {},
    // a byte now and then, for ever
    '/drip': (request, response) => {
        const timer = setInterval(() => response.write('.'), 20);
        response.on('close', () => clearInterval(timer));
    },
    '/endless': (request, response) => {
        const block = Buffer.alloc(65536, 'x');
        const more = () => {
            while (!response.destroyed && response.write(block));
        };
        response.on('drain', more);
        more();
    },
    '/chunked': (request, response) => {
        response.write('one ');
        setTimeout(() => response.write('two '), 20);
        setTimeout(() => response.end('three'), 40);
    },
    '/sized': (request, response) => response.end('x'.repeat(Number(new URL(request.url, 'x:/').searchParams.get('n')))),
    '/headers': (request, response) => {
        for (let i = 0; i < 50; i++) response.setHeader(`X-${i}`, 'v'.repeat(200));
        response.end('ok');
    },
    '/status': (request, response) => {
        response.statusCode = Number(new URL(request.url, 'x:/').searchParams.get('n'));
        response.end('as you wish');
    },
    '/redirect': (request, response) => {
        response.statusCode = 302;
        response.setHeader('Location', new URL(request.url, 'x:/').searchParams.get('to'));
        response.end('elsewhere');
    },
    '/cut': (request, response) => {
        response.setHeader('Content-Length', '1000');
        response.write('the beginning');
        setTimeout(() => response.socket.destroy(), 20);
    },
    '/late': (request, response) => setTimeout(() => response.end('late'), 300),
};

function answer(request, response, seen) {
    seen.push(`${request.method} ${request.url}`);
    behaviours[new URL(request.url, 'x:/').pathname](request, response);
}

// seen: the requests that came; connections: how many there were at all
export async function startHttp(t) {
    const seen = [];
    const server = http.createServer((request, response) => answer(request, response, seen));
    const all = { seen, connections: 0 };
    server.on('connection', () => all.connections++);
    const { port } = await listen(t, server);
    return Object.assign(all, { url: `http://127.0.0.1:${port}`, port });
}

// With a certificate of an authority of its own (caFile) for these names.
export async function startHttps(t, names = 'IP:127.0.0.1,DNS:localhost') {
    const folder = await mkdtemp(join(tmpdir(), 'carillon-tls-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const [keyFile, caFile] = [join(folder, 'key.pem'), join(folder, 'ca.pem')];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days',
        '2', '-subj', '/CN=test', '-addext', `subjectAltName=${names}`, '-keyout', keyFile, '-out', caFile],
    { stdio: 'pipe' });
    const seen = [];
    const server = https.createServer({ key: await readFile(keyFile), cert: await readFile(caFile) },
        (request, response) => answer(request, response, seen));
    server.on('tlsClientError', () => {});
    const { port } = await listen(t, server);
    return { seen, caFile, url: `https://127.0.0.1:${port}`, port };
}

// Answers whatever comes with these bytes.
export async function startRaw(t, bytes) {
    const { port } = await listen(t, net.createServer(socket => socket.on('data', () => socket.end(bytes))));
    return `http://127.0.0.1:${port}`;
}

// Accepts nobody, and its queue is full: a connection to it is never made.
export async function startFull(t) {
    const child = spawn('python3', ['-c', `
import socket, sys
server = socket.socket()
server.bind(("127.0.0.1", 0))
server.listen(0)
queued = [socket.socket() for i in range(3)]
for client in queued:
    client.setblocking(False)
    client.connect_ex(server.getsockname())
print(server.getsockname()[1], flush=True)
sys.stdin.read()`], { stdio: ['pipe', 'pipe', 'inherit'] });
    t.after(() => child.stdin.end());
    const [line] = await once(child.stdout, 'data');
    return `http://127.0.0.1:${Number(line)}`;
}

// A port that nobody listens on.
export async function freePort() {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    server.close();
    await once(server, 'close');
    return port;
}
