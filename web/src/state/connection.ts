/*
 * The state of the connection, for the banner.
 */
import { create } from 'zustand';
import type { ConnectionStatus } from '../api/connection';

interface ConnectionState {
    status: ConnectionStatus;
    detail: string;
    transport: 'websocket' | 'sse' | undefined;
}

export const useConnection = create<ConnectionState>(() => ({ status: 'stopped', detail: '', transport: undefined }));
