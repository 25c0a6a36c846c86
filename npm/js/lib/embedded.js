// The machine with its bytes inside: no request, no bundler that has to know about .wasm, no policy but `wasm-unsafe-eval`.
import init from '#wasm/glue';
import base64 from '#wasm/bytes';
import { Machine } from './machine.js';

export async function instantiate() {
  await init({ module_or_path: Uint8Array.fromBase64?.(base64) ?? Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)) });
  return Machine;
}
