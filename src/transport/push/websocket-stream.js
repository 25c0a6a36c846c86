// WebSocketStream, where the browser has it: what the application does not read is not taken from the network either.
import { exception } from './checks.js';
import { turn } from './clock.js';
import { Fault } from './fault.js';
import { SUBPROTOCOL } from './frames.js';
import { PacedPipe } from './pipe.js';
import { SocketDriver } from './sockets.js';

const OPTIONS = { options: [], isSocket: true };

class Driver extends SocketDriver {
  #socket;
  #abort = new AbortController();
  #reader = null;
  #writer = null;
  /** Of the last write. */
  #written = null;

  start() {
    this.link.await();
    this.#socket = new globalThis.WebSocketStream(this.link.query(), { protocols: [SUBPROTOCOL], signal: this.#abort.signal });
    const closed = this.#socket.closed.then(
      ({ closeCode = 1005, reason = '' }) => ({ code: closeCode, reason, wasClean: true }),
      () => ({ code: 1006, reason: '', wasClean: false }),
    );
    this.#receive()
      .catch((error) => {
        // What the connection's end makes of a read is told by `closed`.
        if (error instanceof Fault) this.link.fail(error);
      })
      // Not before all that has come is read.
      .then(() => closed)
      .then((info) => this.link.ended(info));
  }

  async #receive() {
    const { link } = this;
    const { readable, writable, protocol, extensions } = await this.#socket.opened;
    if (link.isOver) {
      // Too late for the signal.
      this.#socket.close();
      return;
    }
    this.#writer = writable.getWriter();
    this.#writer.closed.catch(() => {});
    this.#reader = readable.getReader();
    this.opened(protocol, extensions, SUBPROTOCOL);
    const answer = link.answer();
    for (;;) {
      const gate = link.gate();
      if (gate) await gate;
      const { done, value } = await this.#reader.read();
      if (done) return;
      // After `close` it is read on until the server's Close has come.
      this.take(value, answer);
      const others = turn();
      if (others) await others;
    }
  }

  write(frame) {
    // A write that fails is the connection's end.
    this.#written = this.#writer.write(frame).catch(() => {});
  }

  end(code, reason) {
    // Not before all is written: Chromium 156 crashes.
    Promise.resolve(this.#written).then(() => this.#socket.close(code === undefined ? {} : { closeCode: code, reason }));
  }

  stop() {
    super.stop();
    if (this.#reader === null) {
      this.#abort.abort();
      return;
    }
    this.#reader.cancel().catch(() => {});
    this.#writer.abort().catch(() => {});
  }
}

export class StreamedWebSocket extends PacedPipe {
  /** Whether the browser has what it needs. */
  static get isSupported() {
    return typeof globalThis.WebSocketStream === 'function';
  }

  constructor(url, options) {
    if (!StreamedWebSocket.isSupported) throw exception('NotSupportedError', 'this browser has no WebSocketStream');
    super(url, options, OPTIONS, (link) => new Driver(link));
  }
}
