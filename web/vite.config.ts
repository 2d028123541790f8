import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

/* Only for `npm run dev`: the daemon that answers what is not a file of the app. */
const daemon = process.env['CARILLON_URL'] ?? 'http://127.0.0.1:8080';

/* VITE_TRANSPORT=pusher builds the app on pusher-js. */
const transports = process.env['VITE_TRANSPORT'] === 'pusher' ? 'pusherTransports' : 'directTransports';

export default defineConfig({
    resolve: { alias: { '@transports': fileURLToPath(new URL(`./src/api/${transports}.ts`, import.meta.url)) } },
    esbuild: { jsx: 'automatic' },
    build: {
        outDir: process.env['VITE_DIST'] ?? 'dist',
        target: 'es2020',
        /* No polyfill and no data: URLs, so that the strict Content-Security-Policy holds. */
        modulePreload: { polyfill: false },
        assetsInlineLimit: 0,
        reportCompressedSize: false,
    },
    server: {
        host: '127.0.0.1',
        proxy: { '/api': daemon, '/ws': { target: daemon, ws: true } },
    },
    test: { environment: 'node', include: ['src/**/*.test.{ts,tsx}'] },
});
