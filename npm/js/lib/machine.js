// The module of the machine, and one machine in it. Only numbers, handles and the texts of closes cross: each name, and each object made
// there, would cost code on both sides. `npm/src/machine` has the same numbers. What wasm-bindgen makes for the module is longer than
// this: names like `machine_call` are the ones it gives, and the build makes them short, here and in the module.
import { utf8 } from './checks.js';
import { METRICS } from './core.js';
import { FIELDS } from './settings.js';

/** What {@link Machine#call} can be asked for. First an event of a connection, or an answer: */
export const OPENED = 0;
export const FAILED = 1;
export const ANNOUNCED = 2;
/** With how many bytes, and whether they answer the heartbeat. */
export const RECEIVED = 3;
/** With `bufferedAmount`. */
export const BUFFERED = 4;
/** With for how many milliseconds the answer may be used again. */
export const RESOLVED = 5;
/** With whether there is to be no further attempt. */
export const UNRESOLVED = 6;
/** With whether it will be so each time. */
export const REJECTED = 7;
/** With whether the connection may be used. */
export const GREETED = 8;
/** With one of the verdicts of `probing.js`, and the wait in milliseconds or the HTTP status. */
export const PROBED = 9;
/** With one of the numbers of `page.js`. */
export const PAGE = 10;
// then an order:
export const CONNECT = 11;
export const RECONNECT = 12;
/** Gives 1 if it does. */
export const REPLACE = 13;
export const DRAIN = 14;
export const TIMEOUT = 15;
/** Gives when `TIMEOUT` is due; infinite if it is not. */
export const NEXT_TIMEOUT = 16;
/** With bytes, and whether it is urgent. Gives the number of the message if it may go straight to the carrier, or -1: queue, -2: ask. */
export const PASS = 17;
/** With the message's number, and how many bytes more it had. */
export const MEASURED = 18;
/** These two with the message's number and its bytes. */
export const WITHDRAW = 19;
export const NOT_SENT = 20;
export const STALL = 21;
/** Where a message belongs that this transport has received: 0 to the application, 1 to its handshake, 2 nowhere. */
export const ROUTE = 22;
export const QUEUED_MESSAGES = 23;
export const QUEUED_BYTES = 24;
/** With the message's number. Gives the place in `FATES` of `host.js`; negative if it has met an end. */
export const FATE_OF = 25;

const OVERFLOWS = ['reject', 'drop-oldest', 'drop-newest'];
const ACTIONS = ['never', 'now', 'wide', 'backoff'];
export const optional = (number) => (Number.isNaN(number) ? undefined : number);

/** Frees what nobody has any more. */
const unused = new FinalizationRegistry(([wasm, at]) => wasm.__wbg_machine_free(at, 1));

/** A copy in the module's memory, for it to keep: its place and its length. */
function copied(wasm, values) {
  const { length, BYTES_PER_ELEMENT: width, constructor: Class } = values;
  const at = wasm.__wbindgen_malloc(length * width, width) >>> 0;
  new Class(wasm.memory.buffer, at, length).set(values);
  return [at, length];
}

/** Takes bytes or a WebAssembly.Module; fulfils with the exports of an instance, in which many machines live. */
export async function instantiate(source) {
  const text = (at, bytes) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(new Uint8Array(wasm.memory.buffer, at >>> 0, bytes));
  const made = await WebAssembly.instantiate(source, {
    machine_bg: {
      __wbg___wbindgen_throw(at, bytes) {
        throw new Error(text(at, bytes));
      },
      __wbg_delay: (policies, retry, random) => policies.delay(retry, random),
      __wbg_decide: ({ decide }, code, at, bytes, wasClean) => ACTIONS.indexOf(decide(code, text(at, bytes), wasClean === 1)),
      __wbg_reason(host, at, bytes) {
        host.reason = text(at, bytes);
      },
      __wbg_output: (host, ...output) => host.output(...output),
      __wbg_handOver: (host, ...message) => host.handOver(...message),
    },
  });
  const wasm = (made.instance ?? made).exports;
  return wasm;
}

export class Machine {
  #wasm;
  #at;

  constructor(wasm, settings, seed) {
    this.#wasm = wasm;
    const { overflow, codes = [], connectTimeoutMs, delaysMs, suspendReason = '' } = settings;
    const fields = { ...settings, overflow: OVERFLOWS.indexOf(overflow), delay: !!settings.delay, decide: !!settings.decide };
    const numbers = FIELDS.map((name) => fields[name]);
    // Lists, with their lengths before them.
    for (const list of [connectTimeoutMs, delaysMs]) numbers.push(list?.length, ...(list ?? []));
    for (const [first, last, action] of codes) numbers.push(first, last, ACTIONS.indexOf(action));
    this.#at = wasm.machine_new(...copied(wasm, Float64Array.from(numbers)), ...copied(wasm, utf8(suspendReason)), settings, seed);
    unused.register(this, [wasm, this.#at]);
  }

  /** One of those above. What is not there is NaN in the module, and 0 where that makes no sense. */
  call(what, now, id, a, b) {
    return this.#wasm.machine_call(this.#at, what, now, id, a, b);
  }

  /** Carries out the next output by a method of `host`; whether there was one. */
  next(host) {
    return this.#wasm.machine_next(this.#at, host);
  }

  /** A connection's end; with a negative id `close()`, whose code and reason were checked: without a code there are none. */
  end(now, id, { code = 0, reason = '', wasClean = false }, buffered) {
    this.#wasm.machine_end(this.#at, now, id, code, ...copied(this.#wasm, utf8(reason)), wasClean, buffered);
  }

  /** The message's number, or a negative one: not accepted. */
  send(...message) {
    return this.#wasm.machine_send(this.#at, ...message);
  }

  putBack(...message) {
    this.#wasm.machine_putBack(this.#at, ...message);
  }

  metrics(now) {
    const wasm = this.#wasm;
    const [at, length] = wasm.machine_metrics(this.#at, now);
    const numbers = [...new Float64Array(wasm.memory.buffer, at >>> 0, length)];
    wasm.__wbindgen_free(at, length * 8, 8);
    const metrics = { closes: {} };
    for (const name of METRICS) metrics[name] = optional(numbers.shift());
    while (numbers.length > 0) metrics.closes[numbers.shift()] = numbers.shift();
    return metrics;
  }
}
