/*
 * The one HTTP client of the page, with the token of whoever is signed in.
 */
import { Client } from '../api/client';
import { token } from './session';

let unauthorized = (): void => undefined;

export const client = new Client(token, () => unauthorized());

/** Called when the daemon no longer takes the token. */
export function onUnauthorized(handler: () => void): void {
    unauthorized = handler;
}
