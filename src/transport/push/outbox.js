// What is sent and not acknowledged yet, in the order of its numbers.
import { exception } from './checks.js';
import { Fault, malformed } from './fault.js';
import { readFrame, utf8Length, writeFrame } from './frames.js';

/** A copy: what is sent is what was there when `send` was called. */
function copied(data) {
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  return new Uint8Array(data).slice();
}

const isBytes = (data) => data instanceof ArrayBuffer || ArrayBuffer.isView(data) || isShared(data);
const isShared = (data) => typeof SharedArrayBuffer === 'function' && data instanceof SharedArrayBuffer;

export class Outbox {
  /** `{ number, frame, size }`; the frame of a Blob is undefined until it is read. */
  entries = [];
  bytes = 0;
  /** The number that the next message gets. */
  next = 1;
  #settings;
  #failed;

  /** `failed` is told of a Blob that can't be read. */
  constructor(settings, failed) {
    this.#settings = settings;
    this.#failed = failed;
  }

  /** How many bytes `send` is given. */
  static size(data) {
    if (typeof data === 'string') return utf8Length(data);
    return data.byteLength ?? data.size;
  }

  /** WebIDL's conversion: what is none of these is a string. */
  static data(value) {
    return isBytes(value) || value instanceof Blob ? value : `${value}`;
  }

  /** Takes a message, numbers it. */
  push(data, limit) {
    const size = Outbox.size(data);
    const { messages, bytes } = this.#settings;
    if (size > limit) throw exception('QuotaExceededError', `the message has ${size} bytes; the server takes no more than ${limit}`);
    if (this.entries.length >= messages || this.bytes + size > bytes) {
      throw exception('QuotaExceededError', `${this.entries.length} messages of ${this.bytes} bytes are not acknowledged yet`);
    }
    const entry = { number: this.next, frame: undefined, size, ready: undefined };
    this.next += 1;
    if (typeof data === 'string') {
      entry.frame = writeFrame('s', entry.number, data);
    } else if (isBytes(data)) {
      entry.frame = writeFrame('s', entry.number, copied(data));
    } else {
      entry.ready = data.arrayBuffer().then(
        (buffer) => (entry.frame = writeFrame('s', entry.number, new Uint8Array(buffer))),
        () => this.#failed(new Fault(1006, 'a Blob that was sent can’t be read')),
      );
    }
    this.#keep(entry);
    return entry;
  }

  /** Takes a whole frame. */
  pushFrame(data) {
    if (typeof data !== 'string' && !isBytes(data)) throw new TypeError('a frame is a string or bytes');
    const frame = typeof data === 'string' ? data : copied(data);
    const { letter, number } = readFrame(frame);
    if (letter === 'b') return { number: 0, frame, size: 0 };
    if (letter !== 's') throw new TypeError('a frame that is sent is s or b');
    const entry = { number, frame, size: Outbox.size(frame) };
    this.#keep(entry);
    return entry;
  }

  #keep(entry) {
    this.entries.push(entry);
    this.bytes += entry.size;
  }

  /** All up to this number are accepted. */
  acknowledge(number) {
    if (!this.#settings.isRaw && number >= this.next) {
      throw malformed(`message ${number} is acknowledged, and the last one was ${this.next - 1}`, 'Acknowledged');
    }
    let count = 0;
    while (count < this.entries.length && this.entries[count].number <= number) {
      this.bytes -= this.entries[count].size;
      count += 1;
    }
    this.entries.splice(0, count);
  }
}
