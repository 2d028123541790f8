import { useEffect, useRef, useState, type FormEvent } from 'react';
import { toProblem, type Problem } from '../../api/problem';
import type { Message, Page } from '../../api/types';
import { sync } from '../../state/app';
import { client } from '../../state/client';
import { useConversations } from '../../state/conversations';
import { conversationHash, useRoute } from '../../state/route';
import { useUi } from '../../state/ui';
import { S } from '../../strings';
import { Avatar } from '../Avatar';
import { Failure } from '../Failure';
import { formatFull, formatShort } from '../format';
import { SidePanel } from './SidePanel';

const TYPED_MS = 300;
const PHONE = '(max-width: 720px)';

interface Result {
    query: string;
    page?: Page<Message>;
    problem?: Problem;
}

export default function SearchPanel({ channel }: { channel: string }) {
    const [query, setQuery] = useState('');
    const [everywhere, setEverywhere] = useState(false);
    const submit = (event: FormEvent) => {
        event.preventDefault();
        again();
    };
    const { result, busy, again, more } = useSearch(query.trim(), everywhere ? undefined : channel);
    return (
        <SidePanel title={S.searchMessages}>
            <form className="search-form" role="search" onSubmit={submit}>
                <input
                    type="search" autoFocus value={query} dir="auto" aria-label={S.searchMessages} placeholder={S.search}
                    onChange={(event) => setQuery(event.target.value)}
                />
                <fieldset className="segments">
                    <legend className="visually-hidden">{S.searchIn}</legend>
                    <div className="segments-box">
                        <label><input type="radio" name="where" checked={!everywhere} onChange={() => setEverywhere(false)} />{S.thisConversation}</label>
                        <label><input type="radio" name="where" checked={everywhere} onChange={() => setEverywhere(true)} />{S.allConversations}</label>
                    </div>
                </fieldset>
            </form>
            <div role="status" className="hint">
                {busy ? S.searching : query.trim() === '' ? S.searchLead : result?.page?.items.length === 0 ? S.nothingFound(result.query) : ''}
            </div>
            {result?.problem && <Failure what={S.couldNotSearch} problem={result.problem} onRetry={again} />}
            <ul className="result-list">
                {result?.page?.items.map((message) => <ResultItem key={message.id} message={message} here={channel} />)}
            </ul>
            {result?.page?.cursor !== undefined && <button type="button" className="link-button" onClick={more}>{S.loadMore}</button>}
        </SidePanel>
    );
}

/** Asks when typing pauses; the answer to an older question is not shown. */
function useSearch(query: string, channel: string | undefined) {
    const [result, setResult] = useState<Result>();
    const [busy, setBusy] = useState(false);
    const asked = useRef(0);
    const ask = async (before: Page<Message> | undefined) => {
        const number = ++asked.current;
        setBusy(true);
        try {
            const page = await client.search(query, channel, before?.cursor);
            if (number === asked.current) {
                setResult({ query, page: { ...page, items: [...(before?.items ?? []), ...page.items] } });
            }
        } catch (error) {
            if (number === asked.current) {
                setResult({ query, problem: toProblem(error), ...(before && { page: before }) });
            }
        }
        if (number === asked.current) {
            setBusy(false);
        }
    };
    useEffect(() => {
        asked.current += 1;
        if (query === '') {
            setResult(undefined);
            setBusy(false);
            return undefined;
        }
        const timer = window.setTimeout(() => void ask(undefined), TYPED_MS);
        return () => window.clearTimeout(timer);
        // eslint-disable-next-line react-hooks/exhaustive-deps -- ask is made of these two
    }, [query, channel]);
    return { result, busy, again: () => void (query !== '' && ask(undefined)), more: () => void ask(result?.page) };
}

function ResultItem({ message, here }: { message: Message; here: string }) {
    const title = useConversations((state) => state.byChannel[message.channel]?.title);
    const show = () => {
        const { channel, pos } = useRoute.getState();
        if (channel === message.channel && pos === message.pos) {
            void sync.jump(message.channel, message.pos);
        }
        if (window.matchMedia(PHONE).matches) {
            useUi.setState({ side: undefined });
        }
    };
    return (
        <li>
            <a className="result" href={conversationHash(message.channel, message.pos)} onClick={show}>
                <Avatar user={message.author} small />
                <bdi className="result-author">{message.author.name}</bdi>
                <time title={formatFull(message.created_at)}>{formatShort(message.created_at)}</time>
                {message.channel !== here && <bdi className="result-where">{title ?? message.channel}</bdi>}
                <span className="result-text" dir="auto">{message.text}</span>
            </a>
        </li>
    );
}
