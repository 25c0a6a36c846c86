// The entry for callers that load the .wasm themselves.
import init from '#wasm/glue';
import { Loader } from './lib/loader.js';
import { Machine } from './lib/machine.js';
import { defineSocket } from './lib/socket.js';

const loader = new Loader(null);

/** Loads the machine. A second call gives the same promise, unless the first has failed. */
export function initialize(source) {
  initialized ??= (async () => {
    const coming = (async () => {
      await init({ module_or_path: await source });
      return Machine;
    })();
    try {
      await loader.begin(coming);
    } catch (error) {
      initialized = undefined;
      throw error;
    }
  })();
  return initialized;
}

let initialized;

export const ReconnectingWebSocket = defineSocket(loader);
export { ReconnectingWebSocket as WebSocket, ReconnectingWebSocket as default };
