// What is sent: kept here under its number until it is known what has become of it. The machine gets sizes.
import { exception } from '../../../../src/transport/push/checks.js';
import { utf8Length, writeFrame } from '../../../../src/transport/push/frames.js';

/** What is sent is what was there when `send` was called. */
function copied(data) {
  if (typeof data === 'string') return data;
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  if (data instanceof ArrayBuffer || Object.prototype.toString.call(data) === '[object SharedArrayBuffer]') return new Uint8Array(data).slice();
  throw new TypeError('a message is a string or bytes; of a Blob send its arrayBuffer()');
}

export class Outgoing {
  /** From numbers to messages, in their order. */
  #kept = new Map();
  #bytes = 0;
  /** Those that somebody follows. */
  #followed = new Map();
  /** How many numbers were given before the machine that there is: its first message is its number 1. */
  #base = 0;
  #last = 0;
  #settings;

  constructor(settings) {
    this.#settings = settings;
  }

  /** Takes a message; `machine` is null where there is none yet. Gives its number. Throws a DOMException. */
  take(value, machine) {
    const data = copied(value);
    const size = typeof data === 'string' ? utf8Length(data) : data.length;
    this.#check(machine ? machine.send(size) : this.#room(size), size);
    this.#last += 1;
    this.#kept.set(this.#last, { data, size });
    this.#bytes += size;
    return this.#last;
  }

  #room(size) {
    if (this.#kept.size >= this.#settings.maxMessages) return -2;
    return this.#bytes + size > this.#settings.maxBytes ? -3 : 0;
  }

  #check(answer, size) {
    if (answer >= 0) return;
    if (answer === -1) throw exception('InvalidStateError', 'the channel is closed');
    const full = `${this.#kept.size} messages of ${this.#bytes} bytes are not acknowledged yet`;
    const why = answer <= -4 ? `the message has ${size} bytes; the server takes ${-4 - answer}` : `no room for ${size} bytes more: ${full}`;
    throw exception('QuotaExceededError', why);
  }

  /** What has waited for a machine. */
  handTo(machine) {
    for (const { size } of this.#kept.values()) machine.send(size);
  }

  /** The frame of a message, by the machine's number for it; undefined where that is settled. */
  frame(number, sequence) {
    const kept = this.#kept.get(this.#base + number);
    return kept && writeFrame('s', sequence, kept.data);
  }

  /** Fulfils with what becomes of it. */
  follow(id) {
    return new Promise((resolve) => this.#followed.set(id, resolve));
  }

  /** What has become of some, by the machine's numbers: by ours. */
  settle(first, last, fate) {
    const [from, to] = [this.#base + first, this.#base + last];
    for (let id = from; id <= to; id += 1) {
      this.#bytes -= this.#kept.get(id)?.size ?? 0;
      this.#kept.delete(id);
      this.#followed.get(id)?.(fate);
      this.#followed.delete(id);
    }
    return { first: from, last: to, fate };
  }

  /** There is no machine any more, or none has come: what has become of all that there is, if there is anything. */
  giveUp(fate) {
    const [first] = this.#kept.keys();
    const settled = first === undefined ? undefined : this.settle(first - this.#base, this.#last - this.#base, fate);
    this.#base = this.#last;
    return settled;
  }

  get count() {
    return this.#kept.size;
  }

  get bytes() {
    return this.#bytes;
  }
}
