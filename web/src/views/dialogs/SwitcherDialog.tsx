import { useEffect, useId, useMemo, useState, type KeyboardEvent } from 'react';
import { byActivity, useConversations } from '../../state/conversations';
import { conversationHash, goTo } from '../../state/route';
import { S } from '../../strings';
import { Icon } from '../Icon';
import { Dialog } from './Dialog';

const SHOWN = 8;

export function SwitcherDialog({ onClose }: { onClose: () => void }) {
    const byChannel = useConversations((state) => state.byChannel);
    const [query, setQuery] = useState('');
    const [active, setActive] = useState(0);
    const id = useId();
    const found = useMemo(() => {
        const wanted = query.trim().toLocaleLowerCase();
        return Object.values(byChannel).sort(byActivity)
            .filter((one) => one.title.toLocaleLowerCase().includes(wanted)).slice(0, SHOWN);
    }, [byChannel, query]);
    useEffect(() => setActive(0), [query]);
    const open = (channel: string | undefined) => {
        if (channel !== undefined) {
            onClose();
            goTo(conversationHash(channel));
        }
    };
    const onKeyDown = (event: KeyboardEvent) => {
        const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
        if (step !== 0 && found.length > 0) {
            event.preventDefault();
            setActive((active + step + found.length) % found.length);
        } else if (event.key === 'Enter') {
            event.preventDefault();
            open(found[active]?.channel);
        }
    };
    return (
        <Dialog title={S.switcher} onClose={onClose}>
            <input
                className="switcher-input" role="combobox" aria-expanded={found.length > 0} aria-controls={id} aria-label={S.switcherHint}
                aria-activedescendant={found.length > 0 ? `${id}-${active}` : undefined} placeholder={S.switcherHint} dir="auto"
                data-autofocus value={query} onChange={(event) => setQuery(event.target.value)} onKeyDown={onKeyDown}
            />
            {found.length === 0 && <p className="hint" role="status">{S.noMatch}</p>}
            <ul className="switcher-list" role="listbox" id={id} aria-label={S.conversations}>
                {found.map((one, index) => (
                    <li key={one.channel} id={`${id}-${index}`} role="option" aria-selected={index === active} onClick={() => open(one.channel)}>
                        <Icon name={one.visibility === 'public' ? 'hash' : 'lock'} />
                        <bdi>{one.title}</bdi>
                        {one.unread > 0 && one.role !== 'none' && <span className="badge">{one.unread}</span>}
                    </li>
                ))}
            </ul>
        </Dialog>
    );
}
