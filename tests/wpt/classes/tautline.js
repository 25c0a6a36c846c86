// Ours, with retries turned off. Where MANAGED is set the machine is in charge all the same: a heartbeat that listens for a day
// asks for it.
import bytes from '#wasm/bytes';
import { load } from '../../../npm/js/lib/embedded.js';
import { Loader } from '../../../npm/js/lib/loader.js';
import { defineSocket } from '../../../npm/js/lib/socket.js';

const DAY = 24 * 3600 * 1000;
const defaults = { retry: false, WebSocket: globalThis.WebSocket };
if (MANAGED) defaults.heartbeat = { intervalMs: DAY, timeoutMs: DAY };
const loader = new Loader(() => load(bytes));
// Loaded at once, so that most sockets have the machine from the beginning.
if (MANAGED) loader.load();

const value = defineSocket(loader, { name: 'WebSocket', defaults });
Object.defineProperty(globalThis, 'WebSocket', { value, writable: true, enumerable: false, configurable: true });
