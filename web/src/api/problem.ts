/*
 * Every way a request can fail, as one type. The daemon answers with RFC 9457 problems, the transports with frames of
 * type "error"; both carry the same stable `code`. What never reached the daemon gets the codes `network` and `timeout`.
 */
import { isAxiosError } from 'axios';

export class Problem extends Error {
    readonly code: string;
    /** The HTTP status; 0 when there was no answer. */
    readonly status: number;
    /** Whether the same request, with the same client id, may succeed later. */
    readonly retry: boolean;
    /** Milliseconds to wait before that, where the daemon said so. */
    readonly retryAfter: number | undefined;

    constructor(code: string, status: number, detail: string, retry: boolean, retryAfter?: number) {
        super(detail);
        this.name = 'Problem';
        this.code = code;
        this.status = status;
        this.retry = retry;
        this.retryAfter = retryAfter;
    }
}

interface ProblemBody {
    code?: unknown;
    status?: unknown;
    title?: unknown;
    detail?: unknown;
    retry?: unknown;
    errors?: unknown;
}

export function offlineProblem(): Problem {
    return new Problem('network', 0, '', true);
}

/** From a problem document or an error frame; `status` is used where the body names none. */
export function problemFromBody(body: unknown, status: number, retryAfter?: number): Problem {
    const fields: ProblemBody = typeof body === 'object' && body !== null ? body : {};
    const code = typeof fields.code === 'string' ? fields.code : `http_${status}`;
    const detail = detailOf(fields);
    const known = typeof fields.status === 'number' ? fields.status : status;
    const retry = typeof fields.retry === 'boolean' ? fields.retry : known >= 500 || known === 429;
    return new Problem(code, known, detail, retry, retryAfter);
}

function detailOf(fields: ProblemBody): string {
    const first: unknown = Array.isArray(fields.errors) ? fields.errors[0] : undefined;
    if (typeof first === 'object' && first !== null && 'detail' in first && typeof first.detail === 'string') {
        return sentence(first.detail); /* what is wrong with the field, not that one is */
    }
    if (typeof fields.detail === 'string' && fields.detail !== '') {
        return fields.detail;
    }
    return typeof fields.title === 'string' ? fields.title : '';
}

function sentence(text: string): string {
    return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}

export function toProblem(error: unknown): Problem {
    if (error instanceof Problem) {
        return error;
    }
    if (isAxiosError(error)) {
        if (error.response) {
            const seconds = Number(error.response.headers['retry-after']);
            return problemFromBody(error.response.data, error.response.status, seconds > 0 ? seconds * 1000 : undefined);
        }
        return error.code === 'ECONNABORTED' || error.code === 'ETIMEDOUT'
            ? new Problem('timeout', 0, '', true)
            : offlineProblem();
    }
    return new Problem('internal', 0, error instanceof Error ? error.message : String(error), false);
}
