/* In place of directTransports.ts with VITE_TRANSPORT=pusher: pusher-js, which has fallbacks of its own. */
import type { Client } from './client';
import type { TransportMaker } from './connection';
import { PusherTransport } from './pusher';
import type { Transport } from './transport';

export const firstKind: Transport['kind'] = 'pusher';

/** The key of the daemon's development app, unless the build names one. */
const KEY = (import.meta.env['VITE_PUSHER_KEY'] as string | undefined) ?? 'carillon';

export function transportMaker(origin: string, client: Client, token: () => string): TransportMaker {
    return (_kind, on) => new PusherTransport(origin, KEY, client, token, on);
}
