// Somebody who calls the API, by the names of openapi.json's operations. Every answer is held against its schema.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import Ajv from 'ajv/dist/2020.js';
import axios from 'axios';
import { SignJWT } from 'jose';
import { secret, startDaemon } from './daemon.mjs';

export const document = JSON.parse(readFileSync(new URL('../../daemon/api/openapi.json', import.meta.url)));
export const daemon = await startDaemon();

const ajv = new Ajv({ strict: false, allErrors: true });
ajv.addSchema(document, 'openapi.json');
const validators = new Map();

const escape = part => part.replaceAll('~', '~0').replaceAll('/', '~1');

function validator(...path) {
    const ref = `openapi.json#/${path.map(part => encodeURIComponent(escape(part))).join('/')}`;
    if (!validators.has(ref)) validators.set(ref, ajv.compile({ $ref: ref }));
    return validators.get(ref);
}

function check(validate, data, what) {
    assert.ok(validate(data), `${what}: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(data)}`);
}

const operations = new Map();
for (const [path, item] of Object.entries(document.paths))
    for (const [method, operation] of Object.entries(item)) operations.set(operation.operationId, { path, method, operation });

// operationId and status of every answer so far.
export const answered = new Set();
export const operationIds = () => [...operations.keys()];
export const successes = id => Object.keys(operations.get(id).operation.responses).filter(status => status < 400);

function checkAnswer(id, response) {
    const { path, method, operation } = operations.get(id);
    const what = `${id} ${response.status}`;
    const declared = operation.responses[response.status];
    assert.ok(declared, `${what} is not in openapi.json: ${JSON.stringify(response.data)}`);
    answered.add(what);
    const name = declared.$ref?.split('/').pop();
    const place = name ? ['components', 'responses', name] : ['paths', path, method, 'responses', `${response.status}`];
    const content = (name ? document.components.responses[name] : declared).content;
    if (!content) {
        assert.ok(!response.data, `${what} has a body`);
        return;
    }
    const [type] = Object.keys(content);
    assert.equal(response.headers['content-type'].split(';')[0], type, what);
    if (type !== 'text/plain') check(validator(...place, 'content', type, 'schema'), response.data, what);
    if (type !== 'application/problem+json') return;
    assert.equal(response.data.status, response.status);
    assert.equal(response.data.type, `urn:carillon:error:${response.data.code}`);
    if (response.status === 401) assert.equal(response.headers['www-authenticate'], 'Bearer');
    if (response.status === 429 || response.status === 503) assert.match(response.headers['retry-after'], /^\d+$/);
}

// { path, query, body, type, key }: body is JSON unless it is a string or a Buffer, which go as they are.
async function call(bearer, id, { path = {}, query, body, type } = {}) {
    const { path: pattern, method, operation } = operations.get(id);
    const url = pattern.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(path[name]));
    const raw = typeof body === 'string' || Buffer.isBuffer(body);
    const response = await axios.request({
        baseURL: daemon.url,
        url,
        method,
        params: query,
        data: body,
        transformRequest: raw ? [data => data] : undefined,
        headers: {
            ...(bearer && { authorization: `Bearer ${bearer}` }),
            ...(body !== undefined && { 'content-type': type ?? 'application/json' }),
        },
        validateStatus: () => true,
    });
    checkAnswer(id, response);
    if (response.status < 300 && body !== undefined && !raw)
        check(
            validator('paths', pattern, method, 'requestBody', 'content', 'application/json', 'schema'),
            body,
            `what ${id} took`,
        );
    assert.ok(response.status >= 300 || operation.requestBody || body === undefined, `${id} takes no body`);
    return response;
}

// An object with a function for each operation.
export function caller(bearer, more = {}) {
    const made = { bearer, ...more };
    for (const id of operations.keys()) made[id] = options => call(made.bearer, id, options);
    return made;
}

export const nobody = caller();

let guests = 0;
// A guest of a name that nobody has.
export async function guest(name = 'Guest') {
    const response = await nobody.tokens_create({ body: { name: `${name} ${++guests}` } });
    assert.equal(response.status, 201);
    return caller(response.data.token, { user: response.data.user });
}

export const claims = (id, more = {}) => ({ sub: id, name: id, ...more });

export function signed(payload, { key = new TextEncoder().encode(secret), alg = 'HS256', kid, expires = '1h' } = {}) {
    return new SignJWT(payload).setProtectedHeader({ alg, ...(kid && { kid }) }).setIssuedAt().setExpirationTime(expires).sign(key);
}

// Somebody whom a backend signed in.
export async function person(id, more = {}) {
    return caller(await signed(claims(id, more)), { user: { id, name: more.name ?? id } });
}

export function expectProblem(response, status, code, field) {
    assert.equal(response.status, status, JSON.stringify(response.data));
    assert.equal(response.data.code, code);
    if (field) assert.ok(response.data.errors?.some(error => error.field === field), JSON.stringify(response.data));
}

export function expectOk(response, status = 200) {
    assert.equal(response.status, status, JSON.stringify(response.data));
    return response.data;
}

let channels = 0;
// A conversation of the caller's own; its name.
export async function conversation(owner, { visibility = 'public', prefix = 'room', title = 'A room' } = {}) {
    const channel = `${prefix}-${++channels}`;
    expectOk(await owner.conversations_create({ body: { channel, title, visibility } }), 201);
    return channel;
}

export async function post(author, channel, text, more = {}) {
    return expectOk(await author.messages_post({ path: { channel }, body: { text, ...more } }), 201).message;
}
