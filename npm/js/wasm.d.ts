import type { WasmSource } from './slim.js';

/** The machine's module. What an import of it is depends on the bundler: a URL, mostly, or a module; `initialize` takes both. */
declare const source: WasmSource;
export default source;
