/*
 * The state of the connection, for the banner.
 */
import { create } from 'zustand';
import type { ConnectionStatus } from '../api/connection';
import type { Transport } from '../api/transport';

interface ConnectionState {
    status: ConnectionStatus;
    detail: string;
    transport: Transport['kind'] | undefined;
}

export const useConnection = create<ConnectionState>(() => ({ status: 'stopped', detail: '', transport: undefined }));
