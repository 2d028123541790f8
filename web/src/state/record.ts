/** The record without one key; the same record if it has no such key. */
export function without<T>(record: Readonly<Record<string, T>>, key: string): Readonly<Record<string, T>> {
    return key in record ? Object.fromEntries(Object.entries(record).filter(([name]) => name !== key)) : record;
}

/** The record with the key set, or without it where the value is undefined. */
export function withEntry<T>(record: Readonly<Record<string, T>>, key: string, value: T | undefined): Readonly<Record<string, T>> {
    return value === undefined ? without(record, key) : { ...record, [key]: value };
}
