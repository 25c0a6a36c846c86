// Messages for `for await`: bounded, and where the application is behind the channel waits.

const AsyncIteratorPrototype = Object.getPrototypeOf(Object.getPrototypeOf(async function* () {}.prototype));

export class Reader {
  #waiting = [];
  #bytes = 0;
  #takers = [];
  #isDone = false;
  /** Whether the channel waits for this one. */
  #isFull = false;
  #limits;
  #channel;
  #signal;
  #stop = () => this.return();

  /** `channel` has `pause()`, `unpause()` and `leave(reader)`; a signal ends it, and may be undefined. */
  constructor(limits, channel, signal) {
    this.#limits = limits;
    this.#channel = channel;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#stop);
  }

  push(value, bytes) {
    if (this.#isDone) return;
    const taker = this.#takers.shift();
    if (taker) {
      taker({ value, done: false });
      return;
    }
    this.#waiting.push({ value, bytes });
    this.#bytes += bytes;
    const { maxMessages, maxBytes } = this.#limits;
    if (this.#isFull || (this.#waiting.length < maxMessages && this.#bytes < maxBytes)) return;
    this.#isFull = true;
    this.#channel.pause();
  }

  #pop() {
    const { value, bytes } = this.#waiting.shift();
    this.#bytes -= bytes;
    const { maxMessages, maxBytes } = this.#limits;
    if (this.#waiting.length <= maxMessages / 2 && this.#bytes <= maxBytes / 2) this.#release();
    return { value, done: false };
  }

  #release() {
    if (!this.#isFull) return;
    this.#isFull = false;
    this.#channel.unpause();
  }

  /** No message follows; those that wait can be taken. */
  end() {
    if (this.#isDone) return;
    this.#isDone = true;
    for (const taker of this.#takers.splice(0)) taker({ value: undefined, done: true });
    this.#channel.leave(this);
    // It may live as long as the page, and what it has is kept.
    this.#signal?.removeEventListener('abort', this.#stop);
  }

  async next() {
    if (this.#waiting.length > 0) return this.#pop();
    if (this.#isDone) return { value: undefined, done: true };
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  async return(value) {
    [this.#waiting, this.#bytes] = [[], 0];
    this.end();
    this.#release();
    return { value, done: true };
  }

  [Symbol.asyncIterator]() {
    return this;
  }
}
// Inherits what iterators have, `Symbol.asyncDispose` where there is one.
Object.setPrototypeOf(Reader.prototype, AsyncIteratorPrototype);
