import type { Client } from './client';
import type { Draft, Published, ReadState } from './types';

const PROBE_TIMEOUT_MS = 3_000;

/** What goes up over the HTTP API, for transports on which events only come down. */
export abstract class Upwards {
    constructor(protected readonly client: Client) {}

    /** No sign of life came. */
    protected abstract silent(): void;

    publish(channel: string, draft: Draft): Promise<Published> {
        return this.client.publish(channel, draft);
    }

    read(channel: string, pos: number): Promise<ReadState> {
        return this.client.read(channel, pos);
    }

    typing(channel: string, active: boolean): void {
        this.client.typing(channel, active).catch(() => undefined);
    }

    probe(): void {
        const timer = window.setTimeout(() => this.silent(), PROBE_TIMEOUT_MS);
        this.client.config().then(
            () => window.clearTimeout(timer),
            () => undefined,
        );
    }
}
