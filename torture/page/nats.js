// NATS over WebSocket, by hand: its text protocol in binary messages, over a socket that stays up.
import { ReconnectingWebSocket } from '/dist/index.js';

const [decoder, encoder] = [new TextDecoder(), new TextEncoder()];

/** Takes lines and payloads out of what arrives; a message of the WebSocket may end anywhere in them. */
class Reader {
  #rest = new Uint8Array(0);

  /** Calls `line` for each line, which says how many bytes belong to it, and `payload` with these. */
  push(data, line, payload) {
    const bytes = new Uint8Array(data);
    const all = new Uint8Array(this.#rest.length + bytes.length);
    all.set(this.#rest);
    all.set(bytes, this.#rest.length);
    let at = 0;
    for (;;) {
      const end = all.indexOf(10, at);
      if (end < 0) break;
      const text = decoder.decode(all.subarray(at, end - 1));
      const size = /^MSG .* (\d+)$/.exec(text)?.[1];
      const next = size === undefined ? end + 1 : end + 1 + Number(size) + 2;
      if (next > all.length) break;
      if (size === undefined) line(text);
      else payload(text, all.slice(end + 1, next - 2));
      at = next;
    }
    this.#rest = all.slice(at);
  }
}

/** Connects, subscribes again after each connection, and publishes. */
export class Nats {
  socket;
  #subscriptions = new Map();
  /** Which of them this connection's server knows. */
  #announced = new Set();
  #reader = new Reader();
  /** Says it now or not at all. */
  #now = (text) => this.socket.post(encoder.encode(text), { now: true });

  constructor(url, options, heartbeat) {
    this.socket = new ReconnectingWebSocket(url, [], {
      ...options,
      binaryType: 'arraybuffer',
      handshake: (greeting) => this.#greet(greeting),
      // An answer that comes together with other lines is no message of its own; then these are the sign of life.
      heartbeat: { ...heartbeat, message: encoder.encode('PING\r\n'), isReply: (data) => decoder.decode(data) === 'PONG\r\n' },
    });
    // What was subscribed while the greeting was underway.
    this.socket.addEventListener('open', () => this.#subscribe(this.#now));
    this.socket.addEventListener('message', ({ data }) => {
      const line = (text) => {
        this.#line(text, this.#now);
        if (text.startsWith('-ERR')) this.socket.reconnect(4400, text.slice(0, 100));
      };
      this.#reader.push(data, line, (head, bytes) => this.#deliver(head, bytes));
    });
  }

  /** After INFO: CONNECT and all subscriptions, and a PING, whose PONG says that the server has taken them. */
  async #greet({ send, next }) {
    this.#reader = new Reader();
    this.#announced.clear();
    const heard = [];
    const line = (text) => {
      heard.push(text);
      this.#line(text, (answer) => send(encoder.encode(answer)));
    };
    const until = async (is) => {
      while (!heard.some(is)) {
        this.#reader.push(await next(), line, (head, bytes) => this.#deliver(head, bytes));
        if (heard.some((text) => text.startsWith('-ERR'))) throw new Error(heard.at(-1));
      }
    };
    await until((text) => text.startsWith('INFO '));
    const say = (text) => send(encoder.encode(text));
    say(`CONNECT ${JSON.stringify({ verbose: false, pedantic: true, lang: 'js', version: '0', protocol: 1 })}\r\n`);
    this.#subscribe(say);
    say('PING\r\n');
    await until((text) => text === 'PONG');
  }

  #line(text, answer) {
    if (text === 'PING') answer('PONG\r\n');
  }

  #deliver(head, bytes) {
    const [, subject, id] = head.split(' ');
    this.#subscriptions.get(id)?.take(decoder.decode(bytes), subject);
  }

  #subscribe(say) {
    for (const [id, { subject }] of this.#subscriptions) {
      if (this.#announced.has(id)) continue;
      say(`SUB ${subject} ${id}\r\n`);
      this.#announced.add(id);
    }
  }

  subscribe(subject, take) {
    this.#subscriptions.set(String(this.#subscriptions.size + 1), { subject, take });
    if (this.socket.readyState === 1) this.#subscribe(this.#now);
  }

  publish(subject, text) {
    const bytes = encoder.encode(text);
    const head = encoder.encode(`PUB ${subject} ${bytes.length}\r\n`);
    const all = new Uint8Array(head.length + bytes.length + 2);
    all.set(head);
    all.set(bytes, head.length);
    all.set([13, 10], head.length + bytes.length);
    return this.socket.post(all);
  }
}
