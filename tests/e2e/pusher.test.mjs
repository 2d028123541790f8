// The two people of chat.test.mjs once more, with the app that is built on pusher-js.
process.env.CARILLON_E2E_TRANSPORT = 'pusher';
await import('./chat.test.mjs');
