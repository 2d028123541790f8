import type { Visibility } from '../../api/types';
import { S } from '../../strings';
import { Icon } from '../Icon';

export function VisibilityField({ value, onChange }: { value: Visibility; onChange: (value: Visibility) => void }) {
    return (
        <fieldset className="choices">
            <legend>{S.visibilityLegend}</legend>
            {(['public', 'invited'] as const).map((one) => (
                <label key={one} className="choice">
                    <input type="radio" name="visibility" checked={value === one} onChange={() => onChange(one)} />
                    <Icon name={one === 'public' ? 'hash' : 'lock'} />
                    <span><strong>{S[one]}</strong><small>{one === 'public' ? S.publicHint : S.invitedHint}</small></span>
                </label>
            ))}
        </fieldset>
    );
}
