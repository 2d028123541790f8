/*
 * One value in the browser's storage. Where storage is refused or full the value lives as long as the page does.
 */
export interface Shelf<T> {
    read(otherwise: T): T;
    write(value: T | undefined): void;
}

const PREFIX = 'carillon.';

export function shelf<T>(name: string): Shelf<T> {
    const key = PREFIX + name;
    return {
        read(otherwise) {
            try {
                const text = localStorage.getItem(key);
                return text === null ? otherwise : (JSON.parse(text) as T);
            } catch {
                return otherwise;
            }
        },
        write(value) {
            try {
                if (value === undefined) {
                    localStorage.removeItem(key);
                } else {
                    localStorage.setItem(key, JSON.stringify(value));
                }
            } catch {
                /* nothing to do about it, and nothing depends on it before the next page */
            }
        },
    };
}
