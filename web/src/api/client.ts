/*
 * The HTTP API, typed: one function a request, each rejecting with a Problem and nothing else.
 */
import axios, { type AxiosInstance, type AxiosRequestConfig } from 'axios';
import { toProblem } from './problem';
import type {
    ChangesPage, Conversation, Draft, ExportPage, Held, HistoryPage, Invitation, Member, Message, Page, Place, Published, Reaction, ReadState,
    Role, ServerConfig, SignIn, User, Visibility,
} from './types';

const BASE = '/api/v1';
const TIMEOUT_MS = 15_000;

export type HistoryBound = { before: number } | { after: number } | { around: number } | Record<string, never>;

export class Client {
    private readonly http: AxiosInstance;

    /** token: asked for at each request, since it is refreshed; onUnauthorized: the token is no longer taken. */
    constructor(token: () => string | undefined, onUnauthorized: () => void) {
        this.http = axios.create({ baseURL: BASE, timeout: TIMEOUT_MS });
        this.http.interceptors.request.use((config) => {
            const bearer = token();
            if (bearer !== undefined) {
                config.headers.set('Authorization', `Bearer ${bearer}`);
            }
            return config;
        });
        this.http.interceptors.response.use(undefined, (error: unknown) => {
            const problem = toProblem(error);
            if (problem.status === 401 && token() !== undefined) {
                onUnauthorized();
            }
            return Promise.reject(problem);
        });
    }

    private async ask<T>(config: AxiosRequestConfig): Promise<T> {
        return (await this.http.request<T>(config)).data;
    }

    config(): Promise<ServerConfig> {
        return this.ask({ url: '/config' });
    }

    signIn(name: string): Promise<SignIn> {
        return this.ask({ method: 'post', url: '/tokens', data: { name } });
    }

    refresh(): Promise<SignIn> {
        return this.ask({ method: 'post', url: '/tokens/refresh' });
    }

    signOut(): Promise<void> {
        return this.ask({ method: 'delete', url: '/tokens' });
    }

    /** A page of what the person wrote, oldest first; the first one lists their conversations, too. */
    exportOwn(cursor?: string): Promise<ExportPage> {
        return this.ask({ url: '/me/export', params: { cursor, limit: 100 } });
    }

    /** Resolves when all of it is gone for good, or the daemon goes on with it by itself (202); the token is gone in both. */
    eraseOwn(): Promise<void> {
        return this.ask({ method: 'delete', url: '/me' });
    }

    ticket(): Promise<{ ticket: string; expires_at: number }> {
        return this.ask({ method: 'post', url: '/tickets' });
    }

    conversations(scope: 'mine' | 'public', cursor?: string): Promise<Page<Conversation>> {
        return this.ask({ url: '/conversations', params: { scope, cursor, limit: 100 } });
    }

    createConversation(title: string, visibility: Visibility): Promise<Conversation> {
        return this.ask({ method: 'post', url: '/conversations', data: { title, visibility } });
    }

    conversation(channel: string): Promise<Conversation> {
        return this.ask({ url: path(channel) });
    }

    updateConversation(channel: string, change: { title?: string; visibility?: Visibility }): Promise<Conversation> {
        return this.ask({ method: 'patch', url: path(channel), data: change });
    }

    join(channel: string): Promise<Conversation> {
        return this.ask({ method: 'post', url: path(channel, 'join') });
    }

    leave(channel: string): Promise<void> {
        return this.ask({ method: 'post', url: path(channel, 'leave') });
    }

    members(channel: string, cursor?: string): Promise<Page<Member>> {
        return this.ask({ url: path(channel, 'members'), params: { cursor, limit: 100 } });
    }

    setRole(channel: string, user: string, role: Role): Promise<Member> {
        return this.ask({ method: 'put', url: path(channel, 'members', user), data: { role } });
    }

    removeMember(channel: string, user: string): Promise<void> {
        return this.ask({ method: 'delete', url: path(channel, 'members', user) });
    }

    /** expiresIn in seconds. */
    invite(channel: string, expiresIn?: number, maxUses?: number): Promise<Invitation> {
        const data = { expires_in: expiresIn, max_uses: maxUses };
        return this.ask({ method: 'post', url: path(channel, 'invitations'), data });
    }

    /** For moderators: those that can still be used. */
    invitations(channel: string, cursor?: string): Promise<Page<Invitation>> {
        return this.ask({ url: path(channel, 'invitations'), params: { cursor, limit: 100 } });
    }

    /** For moderators: what waits for one of them, oldest first. */
    held(channel: string, cursor?: string): Promise<Page<Held>> {
        return this.ask({ url: path(channel, 'held'), params: { cursor, limit: 100 } });
    }

    /** Both reject with 404 when it was decided before, or its time is over. */
    releaseHeld(channel: string, id: string): Promise<void> {
        return this.ask({ method: 'post', url: path(channel, 'held', id, 'release') });
    }

    discardHeld(channel: string, id: string): Promise<void> {
        return this.ask({ method: 'delete', url: path(channel, 'held', id) });
    }

    withdrawInvitation(channel: string, code: string): Promise<void> {
        return this.ask({ method: 'delete', url: path(channel, 'invitations', code) });
    }

    invitation(code: string): Promise<Invitation> {
        return this.ask({ url: `/invitations/${encodeURIComponent(code)}` });
    }

    acceptInvitation(code: string): Promise<Conversation> {
        return this.ask({ method: 'post', url: `/invitations/${encodeURIComponent(code)}/accept` });
    }

    history(channel: string, bound: HistoryBound, limit = 50): Promise<HistoryPage> {
        return this.ask({ url: path(channel, 'messages'), params: { ...bound, limit } });
    }

    /** What happened after a place, in order; rejects with 410 where the history has to be read again. */
    changes(channel: string, { epoch, pos }: Place, limit = 100): Promise<ChangesPage> {
        return this.ask({ url: path(channel, 'changes'), params: { epoch, after: pos, limit } });
    }

    message(channel: string, id: string): Promise<Message> {
        return this.ask({ url: path(channel, 'messages', id) });
    }

    publish(channel: string, draft: Draft): Promise<Published> {
        return this.ask({ method: 'post', url: path(channel, 'messages'), data: draft });
    }

    edit(channel: string, id: string, text: string, mentions: string[]): Promise<{ message: Message; pos: number }> {
        return this.ask({ method: 'patch', url: path(channel, 'messages', id), data: { text, mentions } });
    }

    remove(channel: string, id: string): Promise<{ message: Message; pos: number }> {
        return this.ask({ method: 'delete', url: path(channel, 'messages', id) });
    }

    react(channel: string, id: string, emoji: string, on: boolean): Promise<{ reactions: Reaction[]; pos: number }> {
        return this.ask({ method: on ? 'put' : 'delete', url: path(channel, 'messages', id, 'reactions', emoji) });
    }

    read(channel: string, pos: number): Promise<ReadState> {
        return this.ask({ method: 'put', url: path(channel, 'read'), data: { pos } });
    }

    typing(channel: string, active: boolean): Promise<void> {
        return this.ask({ method: 'post', url: path(channel, 'typing'), data: { active } });
    }

    search(q: string, channel?: string, cursor?: string): Promise<Page<Message>> {
        return this.ask({ url: '/search', params: { q, channel, cursor } });
    }

    user(id: string): Promise<User> {
        return this.ask({ url: `/users/${encodeURIComponent(id)}` });
    }
}

function path(channel: string, ...rest: string[]): string {
    return ['/conversations', ...[channel, ...rest].map(encodeURIComponent)].join('/');
}
