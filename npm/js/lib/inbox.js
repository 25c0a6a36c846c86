// Messages for `for await`, and values for the codec's events.
import { notice } from './events.js';
import { oneOf } from './checked.js';
import { exception } from './checks.js';

const OVERFLOW = oneOf('fail', 'drop-oldest', 'drop-newest');

export class Inbox {
  #core;
  #readers = new Set();
  /** Decoding may take its time, and must not change the order. */
  #decoding = null;

  constructor(core) {
    this.#core = core;
  }

  /** Whether anybody wants messages but the listeners. */
  get wants() {
    return this.#readers.size > 0 || this.#core.settings.codec !== undefined;
  }

  take(data) {
    const { codec } = this.#core.settings;
    if (codec === undefined) {
      for (const reader of this.#readers) reader.push(data);
      return;
    }
    const later = this.#decoding ? this.#decoding.then(() => this.#decode(codec, data)) : this.#decode(codec, data);
    if (later === undefined) return;
    const turn = later.then(() => {
      if (this.#decoding === turn) this.#decoding = null;
    });
    this.#decoding = turn;
  }

  /** Decodes one message; a promise if it takes time, which never rejects. */
  #decode(codec, data) {
    let value;
    try {
      value = codec.decode(data);
    } catch (error) {
      return this.#failed(error, data);
    }
    if (typeof value?.then !== 'function') return this.#decoded(value);
    return Promise.resolve(value).then(
      (now) => this.#decoded(now),
      (error) => this.#failed(error, data),
    );
  }

  #decoded(value) {
    this.#core.dispatch(notice('decoded', { value }));
    for (const reader of this.#readers) reader.push(value);
  }

  #failed(error, data) {
    this.#core.dispatch(notice('decodeerror', { error, data }));
  }

  /** Messages from now on. */
  messages({ maxMessages = 10_000, overflow = 'fail', signal } = {}) {
    if (!(Number.isInteger(maxMessages) && maxMessages >= 1)) {
      throw new RangeError(`maxMessages is ${String(maxMessages)}; it must be a whole number of at least 1`);
    }
    OVERFLOW('overflow', overflow);
    const reader = new Reader(maxMessages, overflow, () => {
      this.#readers.delete(reader);
      this.#core.pilot.redirect();
    });
    if (this.#core.end) {
      reader.end();
      return reader;
    }
    this.#readers.add(reader);
    this.#core.pilot.redirect();
    signal?.addEventListener('abort', () => reader.return(), { once: true });
    if (signal?.aborted) reader.return();
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
  #takers = [];
  #done = false;
  #error = null;
  #most;
  #overflow;
  #leave;

  constructor(most, overflow, leave) {
    this.#most = most;
    this.#overflow = overflow;
    this.#leave = leave;
  }

  push(value) {
    if (this.#done) return;
    const taker = this.#takers.shift();
    if (taker) {
      taker.resolve({ value, done: false });
      return;
    }
    if (this.#waiting.length < this.#most) {
      this.#waiting.push(value);
      return;
    }
    if (this.#overflow === 'fail') {
      this.#error = exception('QuotaExceededError', `${this.#most} messages wait to be taken, and there is no room for another`);
      this.end();
      return;
    }
    this.dropped += 1;
    if (this.#overflow === 'drop-newest') return;
    this.#waiting.shift();
    this.#waiting.push(value);
  }

  end() {
    if (this.#done) return;
    this.#done = true;
    for (const taker of this.#takers.splice(0)) taker.resolve({ value: undefined, done: true });
    this.#leave();
  }

  async next() {
    if (this.#waiting.length > 0) return { value: this.#waiting.shift(), done: false };
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
