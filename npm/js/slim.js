// The entry for callers that load the .wasm themselves.
import { Loader } from './lib/loader.js';
import { pilots } from './lib/module.js';
import { defineSocket } from './lib/socket.js';

const loader = new Loader(null);

/** Loads the machine. A second call gives the same promise, unless the first has failed or the machine was lost. */
export function initialize(source) {
  if (!loader.comes()) initialized = undefined;
  initialized ??= loader.begin(bring(source)).then(
    () => {},
    (error) => {
      initialized = undefined;
      throw error;
    },
  );
  return initialized;
}

let initialized;

async function bring(source) {
  const given = await source;
  const answer = typeof given === 'string' || given instanceof URL ? await fetch(given) : given;
  if (!(globalThis.Response && answer instanceof Response)) return pilots(answer);
  if (!answer.ok) throw new TypeError(`the module can’t be loaded: status ${answer.status}`);
  // Compiled while it arrives, where the server names its type as it should.
  const streams = WebAssembly.compileStreaming && answer.headers.get('content-type') === 'application/wasm';
  return pilots(await (streams ? WebAssembly.compileStreaming(answer) : answer.arrayBuffer()));
}

export const ReconnectingWebSocket = defineSocket(loader);
export { ReconnectingWebSocket as WebSocket, ReconnectingWebSocket as default };
