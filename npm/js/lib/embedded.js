// The machine with its bytes inside: no request, no bundler that has to know about .wasm, no policy but `wasm-unsafe-eval`.
import { pilots } from './module.js';

export async function load(base64) {
  const packed = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  const bytes = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return pilots(await new Response(bytes).arrayBuffer());
}

// So that all of the entry's own code is one file: what this part shares with it is no third one.
export { defineSocket } from './socket.js';
