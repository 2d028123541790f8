/*
 * What everybody is told of public conversations, for a transport that has no channel for it: the list is looked at now and
 * then, and what is new in it, or has another title, is told as if the daemon had.
 */
import type { Client } from './client';

const EVERY_MS = 3_000;

export class Announcements {
    private titles: Map<string, string> | undefined;
    private timer = 0;
    private ended = false;

    constructor(
        private readonly client: Client,
        private readonly announce: (conversation: { channel: string; title: string }) => void,
    ) {}

    start(): void {
        void this.look();
    }

    stop(): void {
        this.ended = true;
        window.clearTimeout(this.timer);
    }

    private async look(): Promise<void> {
        window.clearTimeout(this.timer);
        try {
            const { items } = await this.client.conversations('public');
            const known = this.titles;
            this.titles = new Map(items.map(({ channel, title }) => [channel, title]));
            if (known && !this.ended) {
                items.filter(({ channel, title }) => known.get(channel) !== title)
                    .forEach(({ channel, title }) => this.announce({ channel, title }));
            }
        } catch {
            /* the connection finds out by itself */
        }
        if (!this.ended) {
            this.timer = window.setTimeout(() => void this.look(), EVERY_MS);
        }
    }
}
