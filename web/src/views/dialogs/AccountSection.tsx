import { useState } from 'react';
import { eraseOwn, exportOwn } from '../../state/actions';
import { useMe } from '../../state/session';
import { ask } from '../../state/ui';
import { S } from '../../strings';
import { Failure } from '../Failure';
import { useTask } from '../useTask';

/** Taking one's data along, and leaving nothing behind. */
export function AccountSection() {
    const me = useMe();
    const [said, setSaid] = useState('');
    const { busy, problem, run } = useTask();
    const download = () => void run(async () => {
        setSaid(S.exporting(0));
        try {
            const all = await exportOwn((messages) => setSaid(S.exporting(messages)));
            saveFile(`carillon-${me.id}.json`, JSON.stringify(all, undefined, 2));
            setSaid(S.exported(all.messages.length));
        } catch (error) {
            setSaid('');
            throw error;
        }
    });
    const erase = () => ask({ title: S.eraseTitle, lead: S.eraseLead, verb: S.eraseVerb, run: eraseOwn });
    return (
        <section className="account">
            <h3>{S.account}</h3>
            <p className="hint">{S.exportLead}</p>
            <div className="account-row">
                <button type="button" className="button button-small" disabled={busy} onClick={download}>{S.export}</button>
                <span className="hint" role="status">{said}</span>
            </div>
            {problem && <Failure problem={problem} />}
            <p className="hint">{S.eraseLead}</p>
            <div className="account-row">
                <button type="button" className="button button-small button-danger" onClick={erase}>{S.erase}</button>
            </div>
        </section>
    );
}

function saveFile(name: string, text: string): void {
    const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = name;
    link.click();
    URL.revokeObjectURL(url);
}
