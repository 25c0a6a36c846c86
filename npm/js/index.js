// The main entry. The machine comes with it, in parts that are loaded when the first socket needs it.
import { Loader } from './lib/loader.js';
import { defineSocket } from './lib/socket.js';

// Two parts at once: in one file with text, base64 can't be compressed as well.
const loader = new Loader(async () => {
  const [{ load }, bytes] = await Promise.all([import('./lib/embedded.js'), import('#wasm/bytes')]);
  return load(bytes.default);
});

export const ReconnectingWebSocket = defineSocket(loader);
export { ReconnectingWebSocket as WebSocket, ReconnectingWebSocket as default };
