/*
 * Who is signed in. The token is kept in the browser's storage and renewed before it ends.
 */
import { create } from 'zustand';
import type { SignIn, User } from '../api/types';
import { shelf } from './shelf';

/** What the sign-in form says about the last session: the token is taken no longer; the account was erased. */
export type SessionEnd = 'ended' | 'erased';

interface Session {
    signIn: SignIn | undefined;
    ended: SessionEnd | undefined;
}

const kept = shelf<SignIn | undefined>('session');

export const useSession = create<Session>(() => ({ signIn: kept.read(undefined), ended: undefined }));

export function setSignIn(signIn: SignIn | undefined, ended?: SessionEnd): void {
    kept.write(signIn);
    useSession.setState({ signIn, ended });
}

export function token(): string | undefined {
    return useSession.getState().signIn?.token;
}

const NOBODY: User = { id: '', name: '' };

export function me(): User {
    return useSession.getState().signIn?.user ?? NOBODY;
}

export function useMe(): User {
    return useSession((state) => state.signIn?.user ?? NOBODY);
}
