// What Rust opens its transports with: those of a channel, which give whole frames, and those that are used alone, which give messages.
import { FramedWebSocket } from './framed.js';
import { openTransport } from './kinds.js';

export { Memory } from './memory.js';

/** Closes a transport that is used alone and has missed messages: there is no event of a WebSocket's for it. */
const MISSED = 4012;

/** As `Opening` numbers it, in `src/transport/mod.rs`. */
const WEB_SOCKET = 0;

export class Opener {
  #kind;
  #options;
  #waits;

  // Used alone it has no session of the caller's. `epoch` is empty where there is none.
  constructor(kind, session, begin, epoch, after, wait, every, fixed, opening) {
    this.#kind = kind;
    const start = epoch === '' ? {} : { epoch, after };
    this.#options = session === '' ? {} : { session, begin, frames: true, ...start };
    this.#waits = { wait, every, fixed, opening: opening || undefined };
  }

  open(url) {
    const pipe = this.#open(url);
    pipe.addEventListener('gap', ({ detail: { from, to } }) => {
      pipe.close(MISSED, `messages were missed: from ${from} to ${to ?? 'nobody knows where'}`);
    });
    return pipe;
  }

  #open(url) {
    const isAlone = this.#kind === WEB_SOCKET && !this.#options.frames;
    return isAlone ? new FramedWebSocket(url, this.#options) : openTransport(this.#kind, url, this.#options, this.#waits);
  }
}
