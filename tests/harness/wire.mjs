// A WebSocket as it is on the wire: frames are sent as given and taken one by one.
import { once } from 'node:events';
import WebSocket from 'ws';

export class Wire {
    #frames = [];
    #takers = [];

    static async open(daemon, { protocols = 'carillon.v1', ...options } = {}) {
        const wire = new Wire();
        wire.socket = new WebSocket(`${daemon.url.replace('http', 'ws')}/ws`, protocols, options);
        wire.socket.on('message', data => {
            wire.#frames.push(JSON.parse(data));
            wire.#takers.splice(0).forEach(wake => wake());
        });
        wire.closed = new Promise(resolve => {
            wire.socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
        });
        wire.socket.on('error', error => (wire.error = error));
        await Promise.race([once(wire.socket, 'open'), wire.closed]);
        return wire;
    }

    // A string or a buffer goes as it is.
    send(frame) {
        this.socket.send(typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame));
    }

    // The first frame that was not taken yet and fits: of this type, or for which the function says so.
    async take(wanted = () => true, ms = 5000) {
        const fits = typeof wanted === 'string' ? frame => frame.type === wanted : wanted;
        const until = Date.now() + ms;
        for (;;) {
            const i = this.#frames.findIndex(fits);
            if (i >= 0) return this.#frames.splice(i, 1)[0];
            const left = until - Date.now();
            if (left <= 0) throw new Error(`no such frame: ${wanted}; there are ${JSON.stringify(this.#frames)}`);
            let timer;
            await Promise.race([
                new Promise(wake => this.#takers.push(wake)),
                new Promise(wake => (timer = setTimeout(wake, left))),
            ]);
            clearTimeout(timer);
        }
    }

    // Sends it with an id of its own and takes the answer.
    async ask(frame) {
        const id = `ask-${Math.random()}`;
        this.send({ id, ...frame });
        return this.take(answer => answer.id === id);
    }

    // What has come and was not taken.
    get rest() {
        return this.#frames;
    }

    close() {
        this.socket.terminate();
    }
}
