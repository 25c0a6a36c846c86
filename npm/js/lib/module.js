// From the machine's bytes to pilots that have it.
import { instantiate } from './machine.js';
import { Managed } from './managed.js';

/** Takes bytes or a WebAssembly.Module; fulfils with what makes a pilot of a core. */
export async function pilots(source) {
  const wasm = await instantiate(source);
  return (core) => new Managed(core, wasm);
}
