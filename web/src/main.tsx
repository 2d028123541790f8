import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { connection, startSession } from './state/app';
import { watchRoute } from './state/route';
import { token } from './state/session';
import { watchTheme } from './state/ui';
import { App } from './views/App';
import './styles/base.css';
import './styles/layout.css';
import './styles/messages.css';
import './styles/controls.css';

watchTheme();
watchRoute();
window.addEventListener('online', () => connection.wake());
window.addEventListener('offline', () => connection.networkLost());
document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') {
        connection.wake();
    }
});
if (token() !== undefined) {
    startSession();
}

createRoot(document.getElementById('root') as HTMLElement).render(
    <StrictMode>
        <App />
    </StrictMode>,
);
