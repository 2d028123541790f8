/*
 * What the daemon allows, read once a page.
 */
import { create } from 'zustand';
import type { ServerConfig } from '../api/types';
import { client } from './client';

export const useServerConfig = create<{ config: ServerConfig | undefined }>(() => ({ config: undefined }));

/** Without it nothing is limited here, and the daemon refuses what is too much. */
export function readServerConfig(): void {
    client.config().then((config) => useServerConfig.setState({ config }), () => undefined);
}
