// What the browser offers beside sockets: page and network, the clock, the turn of the event loop, one HTTP request. In one file, since each
// file is another request where nothing bundles them.

// Time, and what becomes of the page and its network. In a worker only what exists there. On this side of the boundary, since each object and
// each function of the browser's that Rust names is an import of its own.

const { document, navigator } = globalThis;
const even = () => globalThis.performance?.now() ?? Date.now();

// Pure, so that a bundler leaves them out where nothing needs them.
let lastEven = /* @__PURE__ */ even();
let lastDate = /* @__PURE__ */ Date.now();
let time = 0;

// `browser/page.rs` has the same numbers.
const [ONLINE, OFFLINE, VISIBLE, HIDDEN, FROZEN, RESUMED] = [0, 1, 2, 3, 4, 5];

// Tells of each change from now on, and once of what is the case already.
export class PageWatch {
  // Microseconds since this was loaded. Two clocks of the browser's: `performance.now()` is even and may stand still while the computer sleeps,
  // `Date.now()` goes on and may be set. Time advances by what the one says that has advanced more: a clock set forward looks like a sleep,
  // which is harmless, and one set back like nothing.
  static now() {
    const nextEven = even();
    const nextDate = Date.now();
    time += Math.max(nextEven - lastEven, nextDate - lastDate, 0);
    lastEven = nextEven;
    lastDate = nextDate;
    return time * 1000;
  }

  // A number that is another one each time.
  static seed() {
    return Math.random() * 2 ** 53;
  }

  #listeners = [];

  constructor(told) {
    // A closure of Rust's has as many numbers as its type.
    const tell = (page) => told(page, 0, 0);
    const on = (target, type, listener) => {
      target.addEventListener(type, listener);
      this.#listeners.push([target, type, listener]);
    };
    // `pageshow` also fires when the page has loaded: only what was put away can come back.
    let away = false;
    const leave = () => {
      away = true;
      tell(FROZEN);
    };
    const comeBack = () => {
      if (!away) return;
      away = false;
      tell(RESUMED);
    };
    on(globalThis, 'online', () => tell(ONLINE));
    on(globalThis, 'offline', () => tell(OFFLINE));
    if (document) {
      on(globalThis, 'pagehide', leave);
      on(globalThis, 'pageshow', comeBack);
      on(document, 'freeze', leave);
      on(document, 'resume', comeBack);
      on(document, 'visibilitychange', () => tell(document.hidden ? HIDDEN : VISIBLE));
    }
    // Where the browser says nothing it has a network.
    if (navigator?.onLine === false) tell(OFFLINE);
    if (document?.hidden) tell(HIDDEN);
  }

  stop() {
    for (const [target, type, listener] of this.#listeners.splice(0)) target.removeEventListener(type, listener);
  }
}

// One task of its own, after those that wait already.

let channel;

// Calls `then` in a task of its own. `then` is one of Rust's closures, which have as many numbers as their type.
export class Turn {
  static post(then) {
    channel ??= new MessageChannel();
    const { port1, port2 } = channel;
    port1.onmessage = () => then(0, 0, 0);
    // Node would not end for it.
    port1.unref?.();
    port2.postMessage(0);
  }
}

// One HTTP request that only wants to know the status, and can be given up.

export class Probe {
  #controller = new AbortController();
  #answer;

  constructor(url) {
    this.#answer = this.#ask(url);
  }

  // [status, seconds to wait or NaN, 1 if a channel's server has answered]; the status is 0 where there was no answer, or none that a page may see.
  answer() {
    return this.#answer;
  }

  abort() {
    this.#controller.abort();
  }

  async #ask(url) {
    const { signal } = this.#controller;
    try {
      const response = await fetch(url, { cache: 'no-store', redirect: 'manual', signal });
      // Nobody reads the body.
      response.body?.cancel().catch(() => {});
      const { headers, status } = response;
      return [status, retryAfter(headers.get('retry-after')), headers.has('tautline-channel') ? 1 : 0];
    } catch {
      return [0, NaN, 0];
    }
  }
}

// RFC 9110, section 10.2.3: seconds, or a date.
function retryAfter(value) {
  if (value === null) return NaN;
  if (/^[0-9]+$/.test(value)) return Number(value);
  return Math.max(0, (Date.parse(value) - Date.now()) / 1000);
}
