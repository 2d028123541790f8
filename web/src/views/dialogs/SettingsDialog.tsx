import { signOut } from '../../state/actions';
import { useConnection } from '../../state/connection';
import { turnNotifications, useNotify } from '../../state/notify';
import { setTheme, useUi, type Theme } from '../../state/ui';
import { S } from '../../strings';
import { Failure } from '../Failure';
import { useTask } from '../useTask';
import { AccountSection } from './AccountSection';
import { Dialog } from './Dialog';

const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

export function SettingsDialog({ onClose }: { onClose: () => void }) {
    const theme = useUi((state) => state.theme);
    const transport = useConnection((state) => state.transport);
    const { busy, problem, run } = useTask();
    return (
        <Dialog title={S.settings} onClose={onClose}>
            <fieldset className="segments segments-titled">
                <legend>{S.theme}</legend>
                <div className="segments-box">
                    {THEMES.map((one) => (
                        <label key={one}>
                            <input type="radio" name="theme" checked={theme === one} onChange={() => setTheme(one)} />{S.themes[one]}
                        </label>
                    ))}
                </div>
            </fieldset>
            <Notifications />
            <section className="of-keys">
                <h3>{S.shortcuts}</h3>
                <dl className="shortcuts">
                    {S.shortcutList.map(([keys, meaning]) => <div key={keys}><dt><kbd>{keys}</kbd></dt><dd>{meaning}</dd></div>)}
                </dl>
            </section>
            <AccountSection />
            {problem && <Failure problem={problem} />}
            <div className="dialog-buttons">
                {transport && <span className="hint">{S.transport(S.transports[transport])}</span>}
                <button type="button" className="button" disabled={busy} onClick={() => void run(signOut)}>{S.signOut}</button>
            </div>
        </Dialog>
    );
}

function Notifications() {
    const wish = useNotify((state) => state.wish);
    const supported = 'Notification' in window;
    const blocked = supported && Notification.permission === 'denied';
    if (!supported) {
        return null;
    }
    return (
        <section>
            <h3>{S.notifications}</h3>
            <label className="check">
                <input
                    type="checkbox" checked={wish === 'on' && !blocked} disabled={blocked}
                    onChange={(event) => void turnNotifications(event.target.checked)}
                />
                {blocked ? S.notificationsBlocked : S.notificationsLead}
            </label>
        </section>
    );
}
