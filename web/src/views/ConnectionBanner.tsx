import { useEffect, useState } from 'react';
import { connection } from '../state/app';
import { useConnection } from '../state/connection';
import { useOutbox } from '../state/outbox';
import { S } from '../strings';

const PATIENCE_MS = 2_000;

/** Says nothing about a hiccup; stays as long as the connection is away. */
export function ConnectionBanner() {
    const { status, detail } = useConnection();
    const waiting = useOutbox((state) => state.items.filter((item) => item.state === 'queued' || item.state === 'sending').length);
    const [late, setLate] = useState(false);
    const away = status !== 'online' && status !== 'stopped';
    useEffect(() => {
        setLate(false);
        const timer = away ? window.setTimeout(() => setLate(true), PATIENCE_MS) : undefined;
        return () => window.clearTimeout(timer);
    }, [away]);
    if (status === 'refused') {
        return (
            <div className="banner" role="alert">
                {detail || S.disconnected}
                <button type="button" className="link-button" onClick={() => connection.start()}>{S.connect}</button>
            </div>
        );
    }
    if (!away || !late) {
        return null;
    }
    return (
        <div className="banner" role="status">
            <span className="spinner" aria-hidden="true" />
            {waiting > 0 ? S.reconnectingQueued(waiting) : S.reconnecting}
        </div>
    );
}
