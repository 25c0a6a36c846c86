// What the channel in Rust opens its transports with.
import { openTransport } from './kinds.js';

export { Memory } from './memory.js';

export class Opener {
  #kind;
  #options;
  #waits;

  // `epoch` is empty where there is none.
  constructor(kind, session, begin, epoch, after, wait, every) {
    this.#kind = kind;
    this.#options = { session, begin, frames: true, ...(epoch === '' ? {} : { epoch, after }) };
    this.#waits = { wait, every };
  }

  open(url) {
    return openTransport(this.#kind, url, this.#options, this.#waits);
  }
}
