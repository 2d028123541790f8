/*
 * The few signs the app uses, drawn in a 20 px square with the colour of the text around them.
 */
const PATHS = {
    back: 'M12.500 4.500 7 10l5.500 5.500',
    plus: 'M10 4v12M4 10h12',
    search: 'M9 15a6 6 0 1 0 0-12 6 6 0 0 0 0 12Zm4.300-1.700L17 17',
    people: 'M7.500 9.500a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM2 16.500c0-3 2.200-5 5.500-5s5.500 2 5.500 5M13 3.800a3 3 0 0 1 0 5.400M14.500 11.800c2.200.5 3.500 2.200 3.500 4.700',
    send: 'M3.500 10 17 3.500 12.500 17l-2.700-5.300L3.500 10Zm6.300 1.700L17 3.500',
    smile: 'M10 17.500a7.500 7.500 0 1 0 0-15 7.500 7.500 0 0 0 0 15ZM6.800 11.800c.7 1.300 1.800 2 3.200 2s2.500-.7 3.200-2M7.500 8v.1M12.500 8v.1',
    reply: 'M8 4.500 3.500 9 8 13.500M3.500 9H11c3.500 0 5.500 2 5.500 6',
    edit: 'm12.800 4 3.200 3.200L7.200 16H4v-3.200L12.800 4Z',
    trash: 'M4 5.500h12M8 5.500v-2h4v2M5.500 5.500l.700 11h7.600l.700-11M8.500 8.500v5M11.500 8.500v5',
    close: 'm5 5 10 10M15 5 5 15',
    down: 'M10 4v12M4.500 10.500 10 16l5.500-5.500',
    settings: 'M3 6h8M15 6h2M3 14h2M9 14h8M13 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM7 16a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z',
    lock: 'M5 9h10v7.500H5V9ZM7 9V6.500a3 3 0 0 1 6 0V9',
    hash: 'M7.800 3.500 6.300 16.500M13.700 3.500l-1.500 13M3.500 7.500h13.300M3.200 12.500h13.300',
    link: 'M8.500 11.500a3.500 3.500 0 0 0 5 0l2.500-2.500a3.500 3.500 0 0 0-5-5l-1 1M11.500 8.500a3.500 3.500 0 0 0-5 0L4 11a3.500 3.500 0 0 0 5 5l1-1',
    check: 'm4 10.500 4 4 8-9',
    clock: 'M10 17.500a7.500 7.500 0 1 0 0-15 7.500 7.500 0 0 0 0 15ZM10 6v4l2.500 2.500',
    shield: 'M10 2.800 4 5v4.800c0 3.600 2.500 6.200 6 7.400 3.500-1.200 6-3.800 6-7.400V5l-6-2.200ZM7.300 10l2 2 3.500-4',
    more: 'M5 10v.1M10 10v.1M15 10v.1',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
    return (
        <svg className="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
            <path d={PATHS[name]} />
        </svg>
    );
}

interface IconButtonProps extends React.ButtonHTMLAttributes<HTMLButtonElement> {
    icon: IconName;
    label: string;
}

export function IconButton({ icon, label, className, ...rest }: IconButtonProps) {
    return (
        <button type="button" className={`icon-button ${className ?? ''}`} aria-label={label} title={label} {...rest}>
            <Icon name={icon} />
        </button>
    );
}
