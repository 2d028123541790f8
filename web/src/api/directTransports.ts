/* The daemon's own transports: what the app is built with unless VITE_TRANSPORT says otherwise (vite.config.ts). */
import type { Client } from './client';
import type { TransportMaker } from './connection';
import { SseTransport } from './sse';
import type { Transport } from './transport';
import { WebSocketTransport } from './websocket';

export const firstKind: Transport['kind'] = 'websocket';

export function transportMaker(origin: string, client: Client, token: () => string): TransportMaker {
    return (kind, on) =>
        kind === 'websocket'
            ? new WebSocketTransport(`${origin.replace(/^http/, 'ws')}/ws`, token(), on)
            : new SseTransport(`${origin}/api/v1/events`, client, on);
}
