import assert from 'node:assert/strict';
import { test } from 'node:test';
import { caller, claims, expectOk, expectProblem, guest, nobody, person, signed } from './client.mjs';
import { ec, otherServerKey, rsa, serverKey } from './daemon.mjs';

const signIn = body => nobody.tokens_create({ body });

test('a guest signs in with a name', async () => {
    const { token, expires_at, user } = expectOk(await signIn({ name: '  Zoë Ω  ' }), 201);
    assert.equal(user.name, 'Zoë Ω');
    assert.match(user.id, /^g_[0-9a-f]+$/);
    assert.ok(Math.abs(expires_at - Date.now() - 7 * 86400e3) < 60e3);
    assert.deepEqual(expectOk(await caller(token).me_show()).user, user);
});

test('a name that somebody has is taken, whatever its case', async () => {
    expectOk(await signIn({ name: 'Nora' }), 201);
    expectProblem(await signIn({ name: 'Nora' }), 409, 'name_taken');
    expectProblem(await signIn({ name: 'nORA ' }), 409, 'name_taken');
});

test('names that would mislead are refused', async () => {
    for (const name of ['', '   ', 'a\nb', 'a\u0000b', '\u202eadA', 'a\u200bb', 'x'.repeat(41), '山'.repeat(27)])
        assert.equal((await signIn({ name })).status, 400, JSON.stringify(name));
    expectProblem(await signIn({ name: 'a\tb' }), 400, 'invalid_request', 'name');
    expectOk(await signIn({ name: 'x'.repeat(40) }), 201);
});

test('an app may refuse guests', async () => {
    expectProblem(await signIn({ name: 'Ada', app: 'closed' }), 403, 'guests_refused');
    expectProblem(await signIn({ name: 'Ada', app: 'nowhere' }), 404, 'unknown_app');
});

test('guests of one address come at a bounded rate', async () => {
    let refused;
    for (let i = 0; i < 70 && !refused; i++) {
        const response = await signIn({ name: `Quick ${i}`, app: 'slow' });
        if (response.status !== 201) refused = response;
    }
    expectProblem(refused, 429, 'rate_limited');
    assert.equal(refused.data.retry, true);
});

test('tokens of a backend: HS256, RS256, ES256', async () => {
    for (const options of [{}, { alg: 'RS256', kid: 'rsa', key: rsa.privateKey }, { alg: 'ES256', kid: 'ec', key: ec.privateKey }]) {
        const jwt = await signed(claims('ada', { name: 'Ada' }), options);
        const { token, user } = expectOk(await signIn({ jwt }), 201);
        assert.equal(token, jwt);
        assert.deepEqual(user, { id: 'ada', name: 'Ada' });
        expectOk(await caller(jwt).me_show());
    }
});

test('wrong tokens are refused', async () => {
    const bad = {
        'the public key as a secret': await signed(claims('ada'), {
            kid: 'rsa',
            key: new TextEncoder().encode(rsa.publicKey.export({ type: 'spki', format: 'pem' })),
        }),
        'an unknown key': await signed(claims('ada'), { kid: 'nobody' }),
        'another key': await signed(claims('ada'), { alg: 'RS256', kid: 'ec', key: rsa.privateKey }),
        'another app': await signed(claims('ada', { app: 'closed' })),
        'no user': await signed({ name: 'Ada' }),
        nonsense: 'e30.e30.e30',
    };
    for (const [what, jwt] of Object.entries(bad)) {
        expectProblem(await caller(jwt).me_show(), 401, 'unauthorized');
        assert.equal((await signIn({ jwt })).status, 401, what);
    }
    expectProblem(await caller(await signed(claims('ada'), { expires: '-1h' })).me_show(), 401, 'token_expired');
    expectProblem(await nobody.me_show(), 401, 'unauthorized');
    expectProblem(await caller(serverKey.slice(0, -1)).conversations_list(), 401, 'unauthorized');
});

test('a token of one app opens no other', async () => {
    const other = caller(otherServerKey);
    const { token } = expectOk(await other.users_issue_token({ path: { id: 'ada' }, body: { name: 'Ada' } }), 201);
    expectProblem(await signIn({ jwt: token, app: 'main' }), 401, 'unauthorized');
    assert.equal(expectOk(await signIn({ jwt: token, app: 'closed' }), 201).user.id, 'ada');
});

test('a token is renewed by whoever issued it', async () => {
    const ada = await guest();
    const renewed = expectOk(await ada.tokens_refresh());
    assert.notEqual(renewed.token, ada.bearer);
    assert.deepEqual(renewed.user, ada.user);
    expectOk(await caller(renewed.token).me_show());
    expectProblem(await (await person('ada')).tokens_refresh(), 403, 'forbidden');
    expectProblem(await caller(serverKey).tokens_refresh(), 403, 'forbidden');
});

test('signing out revokes this token and no other', async () => {
    const ada = await guest();
    const other = caller(expectOk(await ada.tokens_refresh()).token);
    expectOk(await ada.tokens_revoke(), 204);
    expectProblem(await ada.me_show(), 401, 'token_revoked');
    expectOk(await other.me_show());
    expectProblem(await (await person('ada')).tokens_revoke(), 400, 'invalid_request');
});

test('the name of a guest who signed out is free again', async () => {
    const first = expectOk(await signIn({ name: 'Rosa' }), 201);
    expectOk(await caller(first.token).tokens_revoke(), 204);
    let response;
    for (let i = 0; i < 50 && response?.status !== 201; i++) {
        response = await signIn({ name: 'Rosa' });
        await new Promise(next => setTimeout(next, 20));
    }
    assert.notEqual(expectOk(response, 201).user.id, first.user.id);
    const left = expectOk(await caller(serverKey).users_show({ path: { id: first.user.id } }));
    assert.equal(left.name, 'Rosa (left)');
});

test('tickets are made for people, not too fast', async () => {
    const ada = await guest();
    const { ticket, expires_at } = expectOk(await ada.tickets_create(), 201);
    assert.match(ticket, /^[\w-]{43}$/);
    assert.ok(expires_at > Date.now() && expires_at < Date.now() + 31e3);
    expectProblem(await caller(serverKey).tickets_create(), 403, 'forbidden');
    let refused;
    for (let i = 0; i < 40 && !refused; i++) {
        const response = await ada.tickets_create();
        if (response.status !== 201) refused = response;
    }
    expectProblem(refused, 429, 'rate_limited');
});
