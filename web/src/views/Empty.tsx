import type { ReactNode } from 'react';
import { Icon, type IconName } from './Icon';

/** Nothing to show here: why, and what to do first. */
export function Empty({ icon, title, lead, children }: { icon: IconName; title: string; lead?: string; children?: ReactNode }) {
    return (
        <div className="empty">
            <span className="empty-icon"><Icon name={icon} /></span>
            <h2>{title}</h2>
            {lead !== undefined && <p>{lead}</p>}
            {children}
        </div>
    );
}
