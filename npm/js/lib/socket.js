// `ReconnectingWebSocket`: the interface as WebIDL shapes the browser's own. What it does is in `core.js`.
import { closeArguments } from './checks.js';
import { Core } from './core.js';
import { CONNECTION_EVENTS } from './listeners.js';
import { readSettings } from './settings.js';

// A host without EventTarget can import it; nothing can be made there.
const Base = globalThis.EventTarget ?? class {};
const superWhen = Base.prototype.when;

const STATES = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 };

/** The class, with the loader of its machine. `defaults` are the options where none are given. */
export function defineSocket(loader, { name = 'ReconnectingWebSocket', defaults } = {}) {
  class ReconnectingWebSocket extends Base {
    // A brand: what is no socket of ours gets a TypeError from every member.
    #core;

    constructor(url, protocols = undefined, options = undefined) {
      if (arguments.length === 0) throw new TypeError(`${name}: a URL is required`);
      super();
      // A third argument is ours: with one, null is no subprotocol.
      const settings = readSettings(url, protocols === null && options !== undefined ? undefined : protocols, options ?? defaults);
      this.#core = new Core(this, settings, loader);
      this.#core.start();
    }

    get url() {
      return this.#core.url;
    }

    get readyState() {
      return this.#core.pilot.readyState;
    }

    get bufferedAmount() {
      const core = this.#core;
      return (core.shown?.inner.bufferedAmount ?? 0) + core.pilot.queuedBytes + core.sunk;
    }

    get extensions() {
      return this.#core.shown?.inner.extensions ?? '';
    }

    get protocol() {
      return this.#core.shown?.inner.protocol ?? '';
    }

    get binaryType() {
      return this.#core.binaryType;
    }

    set binaryType(value) {
      const type = `${value}`;
      // As every enumeration's: others are ignored.
      if (type === 'blob' || type === 'arraybuffer') this.#core.setBinaryType(type);
      else void this.#core;
    }

    send(data) {
      const core = this.#core;
      if (arguments.length === 0) throw new TypeError('send: data is required');
      core.pilot.send(data);
    }

    close(code = undefined, reason = undefined) {
      const core = this.#core;
      core.pilot.close(...closeArguments(code, reason));
    }

    post(value, options = undefined) {
      const core = this.#core;
      const { codec } = core.settings;
      const [id, fate] = core.pilot.send(codec ? codec.encode(value) : value, options);
      return core.receipts.follow(id, fate);
    }

    reconnect(code = undefined, reason = undefined) {
      const core = this.#core;
      core.reconnect(...closeArguments(code, reason));
    }

    replace() {
      return this.#core.pilot.replace();
    }

    get phase() {
      return this.#core.pilot.phase;
    }

    get retryCount() {
      return this.#core.retryCount;
    }

    get managed() {
      return this.#core.pilot.managed;
    }

    get metrics() {
      return this.#core.metrics();
    }

    get opened() {
      return this.#core.opened;
    }

    get closed() {
      return this.#core.closed;
    }

    messages(options = undefined) {
      return this.#core.inbox.messages(options);
    }

    addEventListener(type, callback, options = undefined) {
      const core = this.#core;
      if (arguments.length < 2) throw new TypeError('addEventListener: a type and a listener are required');
      core.listeners.add(type, callback, options);
    }

    removeEventListener(type, callback, options = undefined) {
      const core = this.#core;
      if (arguments.length < 2) throw new TypeError('removeEventListener: a type and a listener are required');
      core.listeners.remove(type, callback, options);
    }

    static {
      const prototype = this.prototype;
      for (const type of CONNECTION_EVENTS) {
        const name = `on${type}`;
        const accessors = {
          get [name]() {
            return this.#core.listeners.handler(type);
          },
          set [name](value) {
            this.#core.listeners.setHandler(type, value);
          },
        };
        Object.defineProperty(prototype, name, Object.getOwnPropertyDescriptor(accessors, name));
      }
      if (superWhen) {
        Object.defineProperty(prototype, 'when', {
          value: {
            when(type, options = undefined) {
              const { listeners } = this.#core;
              return CONNECTION_EVENTS.includes(`${type}`) ? listeners.when(type, options) : superWhen.call(this, type, options);
            },
          }.when,
          writable: true,
          configurable: true,
        });
      }
    }
  }
  shape(ReconnectingWebSocket, name);
  return ReconnectingWebSocket;
}

/** What a class declaration leaves different from an interface (WebIDL, section 3.7). */
function shape(Class, name) {
  const { prototype } = Class;
  for (const target of [Class, prototype]) {
    for (const [name, value] of Object.entries(STATES)) Object.defineProperty(target, name, { value, enumerable: true });
  }
  for (const name of Object.getOwnPropertyNames(prototype)) {
    if (name !== 'constructor') Object.defineProperty(prototype, name, { enumerable: true });
  }
  const hidden = (name, value) => Object.defineProperty(prototype, name, { value, writable: true, configurable: true });
  hidden(Symbol.asyncIterator, prototype.messages);
  if (Symbol.asyncDispose) {
    hidden(Symbol.asyncDispose, async function () {
      this.close();
      await this.closed;
    });
  }
  Object.defineProperty(Class, 'name', { value: name, configurable: true });
  Object.defineProperty(prototype, Symbol.toStringTag, { value: name, configurable: true });
  Object.defineProperty(Class, 'prototype', { writable: false });
}
