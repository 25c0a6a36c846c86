// What becomes of the messages that somebody follows. Nothing is kept for the others.

/** How many spans of messages with an unknown fate are remembered; the oldest are forgotten. */
const MAX_SPANS = 1000;

const TERMINAL = new Set(['dropped', 'expired', 'failed']);

export class Receipts {
  #core;
  /** Those that are queued, by number. */
  #waiting = new Map();
  /** Of what was handed over, what may not have arrived: first and last number. */
  #unknown = [];

  constructor(core) {
    this.#core = core;
  }

  /** Follows a message: `fate` is the first thing that is known of it. */
  follow(id, fate) {
    const receipt = new Receipt(this, id, fate);
    if (fate === 'queued') this.#waiting.set(id, receipt);
    return receipt;
  }

  /** A fate was told. */
  note({ first, last, fate }) {
    if (fate === 'unknown') {
      this.#unknown.push([first, last]);
      if (this.#unknown.length > MAX_SPANS) this.#unknown.shift();
    }
    if (fate === 'queued' || this.#waiting.size === 0) return;
    if (last - first < this.#waiting.size) {
      for (let id = first; id <= last; id += 1) this.#settle(id, fate);
    } else {
      for (const id of [...this.#waiting.keys()]) if (id >= first && id <= last) this.#settle(id, fate);
    }
  }

  #settle(id, fate) {
    const receipt = this.#waiting.get(id);
    if (receipt === undefined) return;
    this.#waiting.delete(id);
    receipt.settle(fate);
  }

  /** What is known now of a message that was handed over once. */
  now(id) {
    return this.#core.pilot.fateOf(id) ?? (this.#unknown.some(([first, last]) => id >= first && id <= last) ? 'unknown' : 'handed-over');
  }
}

class Receipt {
  id;
  sent;
  #receipts;
  #fate;
  #resolve;

  constructor(receipts, id, fate) {
    this.#receipts = receipts;
    this.id = id;
    this.#fate = fate;
    this.sent = fate === 'queued' ? new Promise((resolve) => (this.#resolve = resolve)) : Promise.resolve(fate);
  }

  get fate() {
    const fate = this.#fate;
    return this.id === undefined || fate === 'queued' || TERMINAL.has(fate) ? fate : this.#receipts.now(this.id);
  }

  settle(fate) {
    this.#fate = fate;
    this.#resolve?.(fate);
  }
}
