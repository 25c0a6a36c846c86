import type { Codec } from './types.js';

/**
 * MessagePack as a codec, by the package `@msgpack/msgpack`, which is to be installed beside this one. Decodes binary messages of
 * both kinds; a text message is a decoding error.
 *
 * ```ts
 * import { ReconnectingWebSocket } from 'tautline';
 * import { msgpack } from 'tautline/msgpack';
 *
 * const socket = new ReconnectingWebSocket<{ n: number }, { ok: boolean }>('wss://example.com/live', [], { codec: msgpack() });
 * ```
 */
export function msgpack<Received = unknown, Sent = unknown>(): Codec<Received, Sent>;
