import { useRoute } from '../../state/route';
import { openDialog, type Dialog as DialogName } from '../../state/ui';
import { CreateDialog } from './CreateDialog';
import { DetailsDialog } from './DetailsDialog';
import { InviteDialog } from './InviteDialog';
import { SettingsDialog } from './SettingsDialog';
import { SwitcherDialog } from './SwitcherDialog';

const close = () => openDialog(undefined);

export default function Dialogs({ dialog }: { dialog: DialogName }) {
    const channel = useRoute((state) => state.channel);
    switch (dialog) {
    case 'create':
        return <CreateDialog onClose={close} />;
    case 'settings':
        return <SettingsDialog onClose={close} />;
    case 'switcher':
        return <SwitcherDialog onClose={close} />;
    case 'invite':
        return channel === undefined ? null : <InviteDialog channel={channel} onClose={close} />;
    case 'details':
        return channel === undefined ? null : <DetailsDialog channel={channel} onClose={close} />;
    }
}
