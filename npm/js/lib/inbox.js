// Messages for `for await`, and values for the codec's events.
import { sizeOf } from './bytes.js';
import { notice } from './events.js';
import { oneOf } from './checked.js';
import { exception } from './checks.js';

const OVERFLOW = oneOf('fail', 'drop-oldest', 'drop-newest');

/** What waits at most, for a reader unless it is told otherwise, and for a codec that takes its time. */
const MOST = 10_000;
const MOST_BYTES = 64 * 1024 * 1024;

function positive(name, value) {
  if (Number.isInteger(value) && value >= 1) return value;
  throw new RangeError(`${name} is ${String(value)}; it must be a whole number of at least 1`);
}

export class Inbox {
  #core;
  #readers = new Set();
  /** Decoding may take its time, and must not change the order. */
  #decoding = null;
  /** How much waits for that, its bytes too. */
  #undecoded = 0;
  #undecodedBytes = 0;

  constructor(core) {
    this.#core = core;
  }

  /** Whether anybody wants messages but the listeners. */
  get wants() {
    return this.#readers.size > 0 || this.#core.settings.codec !== undefined;
  }

  take(data) {
    const { codec } = this.#core.settings;
    const bytes = sizeOf(data);
    if (codec === undefined) {
      for (const reader of this.#readers) reader.push(data, bytes);
      return;
    }
    if (this.#undecoded >= MOST || (this.#undecoded > 0 && this.#undecodedBytes + bytes > MOST_BYTES)) {
      this.#failed(exception('QuotaExceededError', `${this.#undecoded} messages wait to be decoded, and there is no room for another`), data);
      return;
    }
    const later = this.#decoding ? this.#decoding.then(() => this.#decode(codec, data, bytes)) : this.#decode(codec, data, bytes);
    if (later === undefined) return;
    this.#undecoded += 1;
    this.#undecodedBytes += bytes;
    const turn = later.then(() => {
      this.#undecoded -= 1;
      this.#undecodedBytes -= bytes;
      if (this.#decoding === turn) this.#decoding = null;
    });
    this.#decoding = turn;
  }

  /** Decodes one message; a promise if it takes time, which never rejects. */
  #decode(codec, data, bytes) {
    let value;
    try {
      value = codec.decode(data);
    } catch (error) {
      return this.#failed(error, data);
    }
    if (typeof value?.then !== 'function') return this.#decoded(value, bytes);
    return Promise.resolve(value).then(
      (now) => this.#decoded(now, bytes),
      (error) => this.#failed(error, data),
    );
  }

  #decoded(value, bytes) {
    this.#core.dispatch(notice('decoded', { value }));
    for (const reader of this.#readers) reader.push(value, bytes);
  }

  #failed(error, data) {
    this.#core.dispatch(notice('decodeerror', { error, data }));
  }

  /** Messages from now on. */
  messages({ maxMessages = MOST, maxBytes = MOST_BYTES, overflow = 'fail', signal } = {}) {
    const limits = { most: positive('maxMessages', maxMessages), mostBytes: positive('maxBytes', maxBytes), overflow };
    OVERFLOW('overflow', overflow);
    const stop = () => reader.return();
    const reader = new Reader(limits, () => {
      // A signal may live as long as the page, and what it has is kept.
      signal?.removeEventListener('abort', stop);
      this.#readers.delete(reader);
      this.#core.pilot.redirect();
    });
    if (this.#core.end) {
      reader.end();
      return reader;
    }
    this.#readers.add(reader);
    this.#core.pilot.redirect();
    signal?.addEventListener('abort', stop);
    if (signal?.aborted) stop();
    return reader;
  }

  /** No message follows. */
  end() {
    const finish = () => {
      for (const reader of this.#readers) reader.end();
    };
    // What is being decoded still arrives.
    if (this.#decoding) this.#decoding = this.#decoding.then(finish);
    else finish();
  }
}

const AsyncIteratorPrototype = Object.getPrototypeOf(Object.getPrototypeOf(async function* () {}.prototype));

class Reader {
  dropped = 0;
  #waiting = [];
  #bytes = 0;
  #takers = [];
  #done = false;
  #error = null;
  #limits;
  #leave;

  constructor(limits, leave) {
    this.#limits = limits;
    this.#leave = leave;
  }

  push(value, bytes) {
    if (this.#done) return;
    const taker = this.#takers.shift();
    if (taker) {
      taker.resolve({ value, done: false });
      return;
    }
    const { most, mostBytes, overflow } = this.#limits;
    const fits = () => this.#waiting.length < most && this.#bytes + bytes <= mostBytes;
    if (overflow === 'drop-oldest' && bytes <= mostBytes) {
      for (; !fits(); this.dropped += 1) this.#shift();
    }
    if (fits()) {
      this.#waiting.push({ value, bytes });
      this.#bytes += bytes;
    } else if (overflow === 'fail') {
      const waiting = `${this.#waiting.length} messages of ${this.#bytes} bytes`;
      this.#error = exception('QuotaExceededError', `${waiting} wait to be taken, and there is no room for another of ${bytes} bytes`);
      this.end();
    } else {
      this.dropped += 1;
    }
  }

  #shift() {
    const { value, bytes } = this.#waiting.shift();
    this.#bytes -= bytes;
    return value;
  }

  end() {
    if (this.#done) return;
    this.#done = true;
    for (const taker of this.#takers.splice(0)) taker.resolve({ value: undefined, done: true });
    this.#leave();
  }

  async next() {
    if (this.#waiting.length > 0) return { value: this.#shift(), done: false };
    if (this.#error) {
      const error = this.#error;
      this.#error = null;
      throw error;
    }
    if (this.#done) return { value: undefined, done: true };
    return new Promise((resolve) => this.#takers.push({ resolve }));
  }

  async return(value) {
    this.#waiting = [];
    this.end();
    return { value, done: true };
  }

  [Symbol.asyncIterator]() {
    return this;
  }
}
// Inherits what iterators have, `Symbol.asyncDispose` where there is one.
Object.setPrototypeOf(Reader.prototype, AsyncIteratorPrototype);
