import { useServerConfig } from '../../state/serverConfig';

const encoder = new TextEncoder();

/** By how many bytes of UTF-8 the text is longer than the daemon takes; 0: it is not. */
export function useTextLimit(text: string): number {
    const limit = useServerConfig((state) => state.config?.limits.text);
    /* no character needs more than 3 bytes a UTF-16 unit */
    if (limit === undefined || text.length * 3 <= limit) {
        return 0;
    }
    return Math.max(0, encoder.encode(text).length - limit);
}
