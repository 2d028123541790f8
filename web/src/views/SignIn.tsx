import { useEffect, useState, type FormEvent } from 'react';
import type { ServerConfig } from '../api/types';
import { signIn } from '../state/actions';
import { client } from '../state/client';
import { useSession } from '../state/session';
import { S } from '../strings';
import { Failure } from './Failure';
import { useTask } from './useTask';

export function SignIn() {
    const ended = useSession((state) => state.ended);
    const [name, setName] = useState('');
    const [config, setConfig] = useState<ServerConfig>();
    const { busy, problem, run } = useTask();
    useEffect(() => {
        /* a failure shows when the form is sent */
        client.config().then(setConfig, () => undefined);
    }, []);
    const submit = (event: FormEvent) => {
        event.preventDefault();
        if (name.trim() !== '' && !busy) {
            void run(() => signIn(name.trim()));
        }
    };
    return (
        <main className="sign-in">
            <form className="card" onSubmit={submit} aria-labelledby="sign-in-title">
                <img src="/icon.svg" alt="" width="48" height="48" />
                <h1 id="sign-in-title">{S.signInTitle}</h1>
                <p className="lead">{config?.guest === false ? S.guestsOff : S.signInLead}</p>
                {ended && <p className="notice" role="status">{ended === 'erased' ? S.erased : S.sessionEnded}</p>}
                {config?.guest !== false && (
                    <>
                        <label className="field">
                            <span>{S.name}</span>
                            <input
                                value={name} onChange={(event) => setName(event.target.value)} autoFocus required
                                maxLength={40} autoComplete="nickname" dir="auto" enterKeyHint="go"
                            />
                        </label>
                        {problem && <Failure problem={problem} />}
                        <button type="submit" className="button button-main" disabled={busy || name.trim() === ''}>
                            {busy ? S.signingIn : S.signIn}
                        </button>
                    </>
                )}
            </form>
        </main>
    );
}
