// A server inside the page, in the place of `fetch`: tests say what each request is answered with, and when.
import { CONTENT_TYPE, Records, utf8, writeRecords } from './push/frames.js';
import { Polling } from '/dist/polling.js';
import { next, record, within } from './support.js';

export const HOST = 'https://channel.example/channel/c?token=t&x=%20+';
export const TYPES = ['open', 'message', 'error', 'close', 'gap'];

export const hello = (more = {}) => {
  const fields = { epoch: 'e1', offset: 0, after: 0, session: 'known', ack: 0, beat: 0, limit: 1_048_576, ...more };
  return `h1:${Object.entries(fields).map((pair) => pair.join('=')).join('&')}`;
};

/** The events of a stream with these text frames. */
export const events = (...frames) => frames.map((frame) => `data: ${frame}\n\n`).join('');

/** One request, and what it is answered with. */
class Exchange {
  params;
  method;
  headers;
  /** The frames of a POST, as text. */
  frames = [];
  #resolve;
  #reject;
  #signal;
  #body = null;
  cancelled = false;

  constructor(url, init, resolve, reject) {
    this.url = `${url}`;
    this.params = Object.fromEntries(new URL(url).searchParams);
    this.method = init.method ?? 'GET';
    this.headers = init.headers;
    this.init = init;
    this.#signal = init.signal;
    [this.#resolve, this.#reject] = [resolve, reject];
    if (this.method === 'POST' && init.body instanceof Uint8Array) {
      const decoder = new TextDecoder();
      this.frames = [...new Records().push(init.body)].map((frame) => (typeof frame === 'string' ? frame : decoder.decode(frame)));
    }
    this.#signal?.addEventListener('abort', () => {
      this.#reject(this.#signal.reason);
      this.#body?.error(this.#signal.reason);
      this.#body = null;
    });
  }

  get aborted() {
    return this.#signal.aborted;
  }

  /** Begins an answer; `write`, `end` and `cut` follow. */
  begin({ status = 200, type = CONTENT_TYPE, headers = {} } = {}) {
    const body = new ReadableStream({
      start: (controller) => (this.#body = controller),
      cancel: () => (this.cancelled = true),
    });
    const isNull = [204, 205, 304].includes(status);
    this.#resolve(new Response(isNull ? null : body, { status, headers: { ...(type && { 'content-type': type }), ...headers } }));
    return this;
  }

  write(data) {
    this.#body?.enqueue(typeof data === 'string' ? utf8(data) : data);
    return this;
  }

  end() {
    this.#body?.close();
    return this;
  }

  /** The connection is lost in the middle. */
  cut() {
    this.#body?.error(new TypeError('cut'));
    return this;
  }

  /** A whole answer of records. */
  records(...frames) {
    this.begin().write(writeRecords(frames)).end();
  }

  status(status, ...frames) {
    this.begin({ status });
    if (status !== 204) this.write(writeRecords(frames)).end();
  }

  /** It could not be asked at all. */
  fail() {
    this.#reject(new TypeError('no network'));
  }
}

export class FakeServer {
  #native = globalThis.fetch;
  #waiting = [];
  #wake = () => {};
  /** All that came. */
  all = [];

  constructor() {
    globalThis.fetch = (url, init) =>
      new Promise((resolve, reject) => {
        const exchange = new Exchange(url, init, resolve, reject);
        this.all.push(exchange);
        this.#waiting.push(exchange);
        this.#wake();
      });
  }

  restore() {
    globalThis.fetch = this.#native;
  }

  /** The next request. */
  async next(what = 'a request') {
    while (this.#waiting.length === 0) await within(what, new Promise((resolve) => (this.#wake = resolve)));
    return this.#waiting.shift();
  }

  /** The next GET, and the POSTs before it stay. */
  async take(method) {
    for (;;) {
      const at = this.#waiting.findIndex((exchange) => exchange.method === method);
      if (at >= 0) return this.#waiting.splice(at, 1)[0];
      await within(`a ${method}`, new Promise((resolve) => (this.#wake = resolve)));
    }
  }

  /** Requests that are not aborted and were not taken. */
  get left() {
    return this.#waiting.filter(({ aborted }) => !aborted);
  }
}

/** Counts the package's timers from now on. A driver of WebKit's sets some in the page too. */
export class Timers {
  live = new Set();
  #natives = {};

  constructor() {
    for (const [set, clear] of [
      ['setTimeout', 'clearTimeout'],
      ['setInterval', 'clearInterval'],
    ]) {
      const [nativeSet, nativeClear] = [globalThis[set], globalThis[clear]];
      Object.assign(this.#natives, { [set]: nativeSet, [clear]: nativeClear });
      globalThis[set] = (run, ms, ...rest) => {
        const id = nativeSet(() => {
          if (set === 'setTimeout') this.live.delete(id);
          run(...rest);
        }, ms);
        if (new Error().stack.includes('/dist/')) this.live.add(id);
        return id;
      };
      globalThis[clear] = (id) => {
        this.live.delete(id);
        nativeClear(id);
      };
    }
  }

  restore() {
    Object.assign(globalThis, this.#natives);
  }
}

/** A polling that is open, its events, and the request that waits for its answer. */
export async function opened(server, options, greeting) {
  const pipe = new Polling(HOST, { every: 1, ...options });
  const seen = record(pipe, TYPES);
  const open = next(pipe, 'open');
  (await server.next()).records(hello(greeting));
  await open;
  return { pipe, seen, poll: await server.take('GET') };
}

export async function until(is) {
  const end = performance.now() + 10_000;
  while (!is()) {
    if (performance.now() > end) throw new Error(`waited for ${is}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
