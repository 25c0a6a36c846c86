// The main entry. The machine comes with it, as a part that is loaded when the first socket needs it.
import { Loader } from './lib/loader.js';
import { defineSocket } from './lib/socket.js';

const loader = new Loader(async () => (await import('./lib/embedded.js')).load());

export const ReconnectingWebSocket = defineSocket(loader);
export { ReconnectingWebSocket as WebSocket, ReconnectingWebSocket as default };
