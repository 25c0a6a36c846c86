/**
 * The same as the main entry, for callers that load the WebAssembly module themselves: in service workers, with a strict
 * policy, in hosts without `import()`.
 *
 * @packageDocumentation
 */
import { ReconnectingWebSocket } from './types.js';

export * from './types.js';
/** The same class under the name that it takes the place of. */
export { ReconnectingWebSocket as WebSocket };
export default ReconnectingWebSocket;

/** What {@link initialize} takes: the module `tautline/tautline.wasm`, or the way to it. */
export type WasmSource = WebAssembly.Module | BufferSource | Response | URL | string;

/**
 * Loads the machine. Until then, and where it fails, sockets are plain ones; those that are there take it up once it is loaded.
 * A second call does nothing and gives the same promise, unless the first has failed.
 *
 * @throws TypeError, WebAssembly.CompileError or the network's error (as a rejection): sockets say so in their `plain` event.
 */
export function initialize(source: WasmSource | PromiseLike<WasmSource>): Promise<void>;
