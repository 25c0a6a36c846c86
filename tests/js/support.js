// What the tests share: the server's endpoints, its links and ledgers, and events to wait for. The server's docs describe them.
import { ReconnectingWebSocket } from '/dist/index.js';

export { ReconnectingWebSocket };

/** Longer than any browser takes for one step here. */
const PATIENCE = 30_000;

export const engine = /Firefox\//.test(navigator.userAgent) ? 'firefox' : /Chrome\//.test(navigator.userAgent) ? 'chromium' : 'webkit';

/** The WebSocket URL of one of the server's endpoints. */
export const url = (path) => `ws://${location.host}${path}`;

const made = [];

/** A socket that is closed after the test. */
export function connect(to, protocols, options) {
  const socket = new ReconnectingWebSocket(to, protocols, options);
  made.push(socket);
  return socket;
}

/** Closes what a test has made. */
export function closeAll() {
  for (const socket of made.splice(0)) if (socket.readyState < 2) socket.close();
  for (const link of links.splice(0)) link.end();
}

/** A signal, and how many listen to it. */
export function counted() {
  const { signal } = new AbortController();
  const listeners = new Set();
  const count = (name, note) => {
    signal[name] = (type, listener, ...more) => {
      note(listener);
      AbortSignal.prototype[name].call(signal, type, listener, ...more);
    };
  };
  count('addEventListener', (listener) => listeners.add(listener));
  count('removeEventListener', (listener) => listeners.delete(listener));
  return { signal, listening: () => listeners.size };
}

/** Awaits with an end: a test that waits for ever would name nothing. */
export function within(what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${PATIENCE} ms for: ${what}`)), PATIENCE);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** The next event of this type. */
export function next(target, type) {
  return within(type, new Promise((resolve) => target.addEventListener(type, resolve, { once: true })));
}

/** The next event of this type for which `is` holds. */
export function nextWhere(target, type, is) {
  const found = new Promise((resolve) => {
    target.addEventListener(type, function look(event) {
      if (!is(event)) return;
      target.removeEventListener(type, look);
      resolve(event);
    });
  });
  return within(type, found);
}

/** Waits until the machine is in charge. */
export async function managed(socket) {
  while (!socket.managed) await turn();
}

/** Lets the event loop turn. */
export function turn() {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** Gathers the names of events, in their order. */
export function record(socket, types) {
  const seen = [];
  for (const type of types) socket.addEventListener(type, (event) => seen.push(event));
  return seen;
}

async function request(method, path) {
  const response = await fetch(path, { method, keepalive: true });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response;
}

const links = [];

/** A TCP proxy in front of the server. */
export class Link {
  /** `seed`: of what it draws. */
  static async open({ address = '127.0.0.1', seed } = {}) {
    const query = new URLSearchParams({ address, ...(seed === undefined ? {} : { seed }) });
    const { id, port } = await (await request('POST', `/link?${query}`)).json();
    const link = new Link();
    Object.assign(link, { id, port, host: `${address}:${port}` });
    links.push(link);
    return link;
  }

  url(path) {
    return `ws://${this.host}${path}`;
  }

  /** `freeze`, `hang`, `thaw`, `cut?how=reset`, `stop`, `start`. */
  async order(command) {
    await request('POST', `/link/${this.id}/${command}`);
  }

  async wait(query) {
    return (await request('GET', `/link/${this.id}/wait?${query}`)).json();
  }

  end() {
    this.order('end').catch(() => {});
  }
}

let ledgers = 0;

/** What arrives on all connections to one of the server's ledgers. */
export class Ledger {
  id = `${Math.random().toString(36).slice(2)}-${(ledgers += 1)}`;

  path(query = '') {
    return `/ledger/${this.id}${query && `?${query}`}`;
  }

  async wait(query) {
    return (await request('GET', `/ledger/${this.id}/wait?${query}`)).json();
  }
}

/** A text or bytes whole, in two pieces at each place, and one by one. */
export function* chunked(all) {
  const part = (from, to) => (typeof all === 'string' ? all.slice(from, to) : all.subarray(from, to));
  yield [all];
  for (let at = 1; at < all.length; at += 1) yield [part(0, at), part(at)];
  yield Array.from({ length: all.length }, (_, at) => part(at, at + 1));
}
