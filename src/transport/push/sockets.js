// What the drivers over sockets have in common: frames that are sent in their order, also where a Blob is to be read first.
import { CLOSED } from './link.js';
import { FRAME_OVERHEAD } from './frames.js';
import { malformed, tooLarge } from './fault.js';

export class SocketDriver {
  link;
  hasBeats = true;
  /** What waits for a Blob before it. */
  #waiting = [];
  #isStopped = false;

  constructor(link) {
    this.link = link;
  }

  /** The socket is open, with this subprotocol and these extensions. */
  opened(protocol, extensions, asked) {
    this.link.protocol = protocol;
    this.link.extensions = extensions;
    if (protocol !== asked) throw malformed('the server has not chosen the channel’s subprotocol', 'Subprotocol');
  }

  /** Throws a Fault. */
  take(data, answer) {
    const { frame } = this.link.settings;
    if ((data.byteLength ?? data.length) > frame + FRAME_OVERHEAD) throw tooLarge('a frame', frame);
    this.link.take(data instanceof ArrayBuffer ? new Uint8Array(data) : data, answer);
  }

  send(entry) {
    this.#waiting.push(entry);
    if (this.#waiting.length === 1) this.#flush();
  }

  #flush() {
    while (this.#waiting.length > 0 && !this.#isStopped) {
      const [entry] = this.#waiting;
      if (entry.frame === undefined) {
        entry.ready.then(() => this.#flush());
        return;
      }
      this.#waiting.shift();
      this.write(entry.frame);
    }
    if (!this.#isStopped) this.#flushed?.();
  }

  #flushed = null;

  leave(code, reason) {
    this.#flushed = () => {
      this.#flushed = null;
      if (this.link.state !== CLOSED) this.end(code, reason);
    };
    if (this.#waiting.length === 0) this.#flushed();
  }

  stop() {
    this.#isStopped = true;
    this.#waiting = [];
  }
}
