// The browser's WebSocket with the channel's protocol.
import { SUBPROTOCOL } from './frames.js';
import { Pipe } from './pipe.js';
import { SocketDriver } from './sockets.js';

const OPTIONS = { options: [], isSocket: true };

class Driver extends SocketDriver {
  #socket = null;

  start() {
    const { link } = this;
    link.await();
    const answer = link.answer();
    const socket = new WebSocket(link.query(), [SUBPROTOCOL]);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    const guarded = (run) => (event) => {
      if (socket !== this.#socket) return;
      try {
        run(event);
      } catch (error) {
        link.fail(error);
      }
    };
    socket.onopen = guarded(() => this.opened(socket.protocol, socket.extensions, SUBPROTOCOL));
    socket.onmessage = guarded(({ data }) => this.take(data, answer));
    socket.onclose = guarded((event) => link.ended(event));
  }

  write(frame) {
    this.#socket?.send(frame);
  }

  end(code, reason) {
    if (code === undefined) this.#socket?.close();
    else this.#socket?.close(code, reason);
  }

  stop() {
    super.stop();
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }
}

export class FramedWebSocket extends Pipe {
  constructor(url, options) {
    super(url, options, OPTIONS, (link) => new Driver(link));
  }
}
