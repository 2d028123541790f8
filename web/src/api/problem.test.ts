import { describe, expect, it } from 'vitest';
import { problemFromBody } from './problem';

describe('a problem', () => {
    it('tells what is wrong with a field rather than that one is', () => {
        const errors = [{ field: 'name', detail: 'at most 40 characters are allowed' }];
        const problem = problemFromBody({ code: 'invalid_request', detail: 'A field is missing.', errors }, 400);
        expect(problem.message).toBe('At most 40 characters are allowed.');
    });

    it('keeps the words of a rule as they are', () => {
        expect(problemFromBody({ code: 'refused', detail: 'no shouting here' }, 422).message).toBe('no shouting here');
    });

    it('of an answer that is no problem document has the status', () => {
        expect(problemFromBody('<html>', 502)).toMatchObject({ code: 'http_502', status: 502, retry: true, message: '' });
    });
});
