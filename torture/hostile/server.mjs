// A server that means harm, on loopback: what it does to a connection is the business of the path that was asked for. It speaks HTTP by
// hand, since a well-behaved library refuses to send what it does.
import { createHash } from 'node:crypto';
import { createServer } from 'node:net';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** One request, and what is written to its connection. */
export class Exchange {
  method;
  path;
  query;
  headers = new Map();
  /** How many requests for this path there were before. */
  before;
  socket;

  constructor(socket, head) {
    this.socket = socket;
    const [line, ...lines] = head.split('\r\n');
    const [method, target] = line.split(' ');
    this.method = method;
    const url = new URL(target ?? '/', 'http://a');
    [this.path, this.query] = [url.pathname, url.searchParams];
    for (const one of lines) {
      const at = one.indexOf(':');
      if (at > 0) this.headers.set(one.slice(0, at).toLowerCase(), one.slice(at + 1).trim());
    }
  }

  /** Writes, and fulfils once the system has it; `false`: the client has gone. */
  async write(bytes) {
    if (this.socket.destroyed) return false;
    if (this.socket.write(bytes)) return true;
    await new Promise((resolve) => {
      const done = () => {
        this.socket.off('drain', done).off('close', done);
        resolve();
      };
      this.socket.on('drain', done).on('close', done);
    });
    return !this.socket.destroyed;
  }

  end() {
    this.socket.end();
  }

  reset() {
    this.socket.resetAndDestroy();
  }

  /** Fulfils when the client has ended the connection. */
  get gone() {
    return new Promise((resolve) => (this.socket.destroyed ? resolve() : this.socket.once('close', resolve)));
  }

  /** Ends the connection once the client has answered: WebKit does not read a Close frame before the end of its connection. */
  async answered() {
    this.socket.once('data', () => this.end());
    await this.gone;
  }

  /** The head of an answer, which a page of any origin may read. */
  head(status, headers = {}) {
    const origin = this.headers.get('origin') ?? '*';
    const all = {
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'retry-after, tautline-channel',
      'access-control-allow-headers': this.headers.get('access-control-request-headers') ?? 'accept, content-type',
      'access-control-allow-methods': 'GET, HEAD, POST',
      'cache-control': 'no-store',
      connection: 'close',
      ...headers,
    };
    return `HTTP/1.1 ${status} Whatever\r\n${Object.entries(all).map((pair) => `${pair.join(': ')}\r\n`).join('')}\r\n`;
  }

  /** A whole answer. */
  async answer(status, headers = {}, body = '') {
    await this.write(this.head(status, { 'content-length': Buffer.byteLength(body), ...headers }));
    if (this.method !== 'HEAD') await this.write(body);
    this.end();
  }

  /** The value that proves that the handshake was read. */
  get accept() {
    return createHash('sha1').update(`${this.headers.get('sec-websocket-key')}${GUID}`).digest('base64');
  }

  /** The head of an answer to a handshake. */
  upgraded(headers = {}) {
    const all = { upgrade: 'websocket', connection: 'Upgrade', 'sec-websocket-accept': this.accept, ...headers };
    return `HTTP/1.1 101 Switching Protocols\r\n${Object.entries(all).map((pair) => `${pair.join(': ')}\r\n`).join('')}\r\n`;
  }

  async upgrade(headers) {
    return this.write(this.upgraded(headers));
  }
}

/** One frame of a server's. `length` is what it says, where that is a lie. */
export function frame(opcode, payload = '', { fin = true, rsv = 0, length, mask } = {}) {
  const bytes = Buffer.from(payload);
  const says = BigInt(length ?? bytes.length);
  const first = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  const masked = mask ? 0x80 : 0;
  let head;
  if (says < 126n) head = Buffer.from([first, masked | Number(says)]);
  else if (says < 65_536n) {
    head = Buffer.from([first, masked | 126, 0, 0]);
    head.writeUInt16BE(Number(says), 2);
  } else {
    head = Buffer.alloc(10);
    [head[0], head[1]] = [first, masked | 127];
    head.writeBigUInt64BE(says, 2);
  }
  return Buffer.concat([head, mask ? Buffer.alloc(4) : Buffer.alloc(0), bytes]);
}

/** The payload of a close frame. */
export function closing(code, reason = '') {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(code);
  return Buffer.concat([bytes, Buffer.from(reason)]);
}

export class Hostile {
  #server;
  #routes;
  #open = new Set();
  /** When each path was asked for, in milliseconds. */
  #times = new Map();
  errors = [];

  /** `routes`: from a path to an async function of an {@link Exchange}. */
  constructor(routes) {
    this.#routes = routes;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  async listen() {
    await new Promise((resolve, reject) => this.#server.once('error', reject).listen(0, '127.0.0.1', resolve));
    return this.#server.address().port;
  }

  /** When this path was asked for. */
  times(path) {
    return this.#times.get(path) ?? [];
  }

  async close() {
    for (const socket of this.#open) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket) {
    this.#open.add(socket);
    socket.setNoDelay(true);
    // Clients leave in every way there is.
    socket.on('error', () => {}).on('close', () => this.#open.delete(socket));
    let head = '';
    const read = (bytes) => {
      head += bytes.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      socket.off('data', read);
      this.#dispatch(new Exchange(socket, head.slice(0, end)));
    };
    socket.on('data', read);
  }

  #dispatch(exchange) {
    const { path, method } = exchange;
    // What a client sends further is not looked at, but its end is.
    exchange.socket.on('data', () => {});
    if (method === 'OPTIONS') {
      exchange.answer(204);
      return;
    }
    const times = this.times(path);
    exchange.before = times.length;
    this.#times.set(path, [...times, performance.now()]);
    const route = Object.entries(this.#routes).find(([prefix]) => path === prefix || (prefix.endsWith('/') && path.startsWith(prefix)))?.[1];
    if (!route) {
      exchange.answer(404);
      return;
    }
    route(exchange).catch((error) => this.errors.push(`${path}: ${error.stack}`));
  }
}
