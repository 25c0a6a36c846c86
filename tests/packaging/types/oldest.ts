// The oldest library that the declarations ask for: ES2020 and the DOM, without `Symbol.asyncDispose`.
import { ReconnectingWebSocket } from 'tautline';
import { initialize } from 'tautline/slim';
import { msgpack } from 'tautline/msgpack';
import wasm from 'tautline/tautline.wasm';

const socket = new ReconnectingWebSocket<{ ok: boolean }, { n: number }>('wss://example.com/live', [], { codec: msgpack() });
const native: WebSocket = socket;
native.send('text');
export const loaded: Promise<void> = initialize(wasm);
// @ts-expect-error Not by a name that this library lacks.
socket[Symbol.asyncDispose]();
