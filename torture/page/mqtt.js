// MQTT 3.1.1 over WebSocket, by hand: QoS 0 and a clean session, over a socket that stays up.
import { ReconnectingWebSocket } from '/dist/index.js';

const [decoder, encoder] = [new TextDecoder(), new TextEncoder()];
const PINGREQ = Uint8Array.of(0xc0, 0);

/** A string with its length in front. */
function field(text) {
  const bytes = encoder.encode(text);
  return [bytes.length >> 8, bytes.length & 255, ...bytes];
}

/** A control packet: its type and flags, the length of what follows, and that. */
function packet(first, ...parts) {
  const body = parts.flatMap((part) => [...part]);
  const head = [first];
  let left = body.length;
  do {
    head.push((left & 127) | (left > 127 ? 128 : 0));
    left >>= 7;
  } while (left > 0);
  return Uint8Array.from([...head, ...body]);
}

/** Takes packets out of what arrives: a message of the WebSocket may have several, or a part of one. */
class Reader {
  #rest = new Uint8Array(0);

  push(data, take) {
    const bytes = new Uint8Array(data);
    const all = new Uint8Array(this.#rest.length + bytes.length);
    all.set(this.#rest);
    all.set(bytes, this.#rest.length);
    let at = 0;
    while (at < all.length) {
      let [length, shift, from] = [0, 0, at + 1];
      while (from < all.length) {
        const byte = all[from++];
        length |= (byte & 127) << shift;
        shift += 7;
        if (byte < 128) break;
      }
      if (from === at + 1 || all[from - 1] > 127 || from + length > all.length) break;
      take(all[at], all.slice(from, from + length));
      at = from + length;
    }
    this.#rest = all.slice(at);
  }
}

/** Connects, subscribes again after each connection, and publishes. */
export class Mqtt {
  socket;
  #takers = new Map();
  /** Which topics this connection's server was told. */
  #announced = new Set();
  #reader = new Reader();
  #ids = 0;

  /** `level` is that of the protocol: 4 is 3.1.1. */
  constructor(url, client, { level = 4, heartbeat, ...options }) {
    this.socket = new ReconnectingWebSocket(url, ['mqtt'], {
      ...options,
      binaryType: 'arraybuffer',
      handshake: (greeting) => this.#greet(greeting, client, level),
      heartbeat: { ...heartbeat, message: PINGREQ, isReply: (data) => data.byteLength === 2 && new Uint8Array(data)[0] === 0xd0 },
    });
    // What was subscribed while the greeting was underway.
    this.socket.addEventListener('open', () => this.#subscribe());
    this.socket.addEventListener('message', ({ data }) => this.#reader.push(data, (first, body) => this.#receive(first, body)));
  }

  /** CONNECT and CONNACK, then SUBSCRIBE and SUBACK for each topic that is wanted. */
  async #greet({ send, next, protocol }, client, level) {
    if (protocol !== 'mqtt') return false;
    this.#reader = new Reader();
    this.#announced.clear();
    const heard = [];
    const hear = async (type) => {
      for (;;) {
        const at = heard.findIndex(([first]) => first >> 4 === type);
        if (at >= 0) return heard.splice(at, 1)[0][1];
        this.#reader.push(await next(), (first, body) => heard.push([first, body]));
      }
    };
    send(packet(0x10, field('MQTT'), [level, 2, 0, 60], field(client)));
    const [, refusal] = await hear(2);
    // The server would say the same the next time.
    if (refusal !== 0) this.socket.close(4400, `CONNACK ${refusal}`);
    const count = this.#takers.size - this.#announced.size;
    this.#subscribe(send);
    for (let each = 0; each < count; each += 1) if ((await hear(9))[2] > 2) return false;
    // Messages may have come before an acknowledgement.
    for (const [first, body] of heard) this.#receive(first, body);
    return true;
  }

  #subscribe(send = (bytes) => this.socket.post(bytes, { now: true })) {
    for (const topic of this.#takers.keys()) {
      if (this.#announced.has(topic)) continue;
      this.#ids = (this.#ids % 65_535) + 1;
      send(packet(0x82, [this.#ids >> 8, this.#ids & 255], field(topic), [0]));
      this.#announced.add(topic);
    }
  }

  #receive(first, body) {
    if (first >> 4 !== 3) return;
    const length = (body[0] << 8) | body[1];
    const topic = decoder.decode(body.subarray(2, 2 + length));
    this.#takers.get(topic)?.(decoder.decode(body.subarray(2 + length)), topic);
  }

  subscribe(topic, take) {
    this.#takers.set(topic, take);
    if (this.socket.readyState === 1) this.#subscribe();
  }

  publish(topic, text) {
    return this.socket.post(packet(0x30, field(topic), encoder.encode(text)));
  }
}
