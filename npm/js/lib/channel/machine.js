// The channel's module, and one machine in it. Only numbers and short texts cross. `npm/channel/src` has the same numbers. What wasm-bindgen
// makes for the module is longer than this: names like `machine_call` are the ones it gives, and the build makes them short.
import packed from '../../channel-module.js';
import { Memory } from '../../../../src/transport/push/memory.js';
import { Clock } from '../clock.js';

/** What {@link Machine#call} can be asked for. */
export const CONNECT = 0;
export const RECONNECT = 1;
export const CLOSE = 2;
export const TIMEOUT = 3;
/** Gives when `TIMEOUT` is due; infinite if it is not. */
export const NEXT_TIMEOUT = 4;
export const FALL_BEHIND = 5;
export const CATCH_UP = 6;
/** With one of the numbers of `page.js`. */
export const PAGE = 7;
/** With the transport's number. */
export const NOT_MADE = 8;
/** With the question's number, and the status; 0 for no answer. */
export const PROBED = 9;
/** These give numbers: a place in `PHASES`, one in `KINDS`, and counts. */
export const PHASE = 10;
export const KIND = 11;
export const MESSAGES = 12;
export const BYTES = 13;
export const REPEATED = 14;

export const PHASES = ['idle', 'waiting', 'probing', 'opening', 'up', 'closing', 'suspended', 'closed'];

/** One clock for all channels: their time is the module's. */
const clock = new Clock();
export const now = () => clock.now();

/** The module's instance, in which all machines live; none after a trap. */
let coming = null;

export function load() {
  coming ??= instantiate().catch((error) => {
    coming = null;
    throw error;
  });
  return coming;
}

/** An instance that has met a trap is not used any more. */
export function forget() {
  coming = null;
}

async function instantiate() {
  const bytes = Uint8Array.from(atob(packed), (char) => char.charCodeAt(0));
  const unpacked = new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw')));
  let wasm;
  const text = (at, length) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(new Uint8Array(wasm.memory.buffer, at >>> 0, length));
  const made = await WebAssembly.instantiate(await unpacked.arrayBuffer(), {
    machine_bg: {
      __wbg___wbindgen_throw(at, length) {
        throw new Error(text(at, length));
      },
      __wbg_now: now,
      __wbg_chance: () => Memory.chance()[0],
      __wbg_delay: (policies, retry, random) => policies.delay(retry, random),
      __wbg_text: (host, at, length) => host.text(text(at, length)),
      __wbg_output: (host, ...output) => host.output(...output),
    },
  });
  wasm = made.instance.exports;
  return wasm;
}

/** Frees what nobody has any more. */
const unused = globalThis.FinalizationRegistry && new FinalizationRegistry(([wasm, at]) => wasm.__wbg_machine_free(at, 1));

export class Machine {
  #wasm;
  #at;

  /** `remembered` is a place in `KINDS`; `startAt` and it may be undefined. */
  constructor(wasm, { numbers, policies, startAt }, remembered = NaN) {
    this.#wasm = wasm;
    const start = this.#copied(new TextEncoder().encode(startAt?.epoch ?? ''));
    const given = this.#copied(Float64Array.from(numbers));
    const seed = Math.floor(Math.random() * 2 ** 53);
    this.#at = wasm.machine_new(...given, policies, seed, remembered, ...start, startAt?.offset ?? NaN);
    unused?.register(this, [wasm, this.#at]);
  }

  /** A copy in the module's memory, for it to keep: its place and its length. */
  #copied(values) {
    const { length, BYTES_PER_ELEMENT: width, constructor: Class } = values;
    const at = this.#wasm.__wbindgen_malloc(length * width, width) >>> 0;
    new Class(this.#wasm.memory.buffer, at, length).set(values);
    return [at, length];
  }

  /** One of those above. What is not there is NaN in the module. */
  call(what, a, b) {
    return this.#wasm.machine_call(this.#at, what, a, b);
  }

  /** Tells the next output to `host`; whether there was one. */
  next(host) {
    return this.#wasm.machine_next(this.#at, host);
  }

  /** The offset of the last message that was delivered; its epoch is told to `host`. NaN where there is none. */
  position(host) {
    return this.#wasm.machine_position(this.#at, host);
  }

  /** A message came, with this offset. Whether it is to be delivered. */
  message(id, offset) {
    return this.#wasm.machine_message(this.#at, id, offset);
  }

  /** Another frame came. */
  frame(id, text, isBinary) {
    this.#wasm.machine_frame(this.#at, id, ...this.#copied(new TextEncoder().encode(text)), isBinary);
  }

  /** A transport has ended. */
  ended(id, code, reason, wasClean) {
    this.#wasm.machine_ended(this.#at, id, code, ...this.#copied(new TextEncoder().encode(reason)), wasClean);
  }

  /** The number of a message of so many bytes, or a negative one: not accepted. */
  send(bytes) {
    return this.#wasm.machine_send(this.#at, bytes);
  }
}
