import { turnNotifications, useNotify } from '../state/notify';
import { S } from '../strings';

export function NotificationOffer() {
    const wish = useNotify((state) => state.wish);
    if (wish !== 'ask') {
        return null;
    }
    return (
        <div className="hint-bar">
            <span>{S.offerNotifications}</span>
            <span className="hint-bar-buttons">
                <button type="button" className="button button-small" onClick={() => void turnNotifications(true)}>{S.turnOn}</button>
                <button type="button" className="link-button" onClick={() => void turnNotifications(false)}>{S.notNow}</button>
            </span>
        </div>
    );
}
