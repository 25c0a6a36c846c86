// From the machine's bytes to pilots that have it.
import { imports, start } from '#wasm/glue';
import { Machine } from './machine.js';
import { Managed } from './managed.js';

/** The module has one instance, whoever loads it: all machines live in it. */
let started = false;

/** Takes bytes or a WebAssembly.Module; fulfils with what makes a pilot of a core. */
export async function instantiate(source) {
  const made = await WebAssembly.instantiate(source, imports());
  if (!started) start(made.instance ?? made);
  started = true;
  return (core) => new Managed(core, Machine);
}
