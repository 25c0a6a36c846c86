// `Channel`: the interface. What it does is in `driver.js`.
import { targetUrl } from '../../../../src/transport/push/checks.js';
import { number, object } from '../checked.js';
import { isServer } from '../server.js';
import { ChannelError } from './causes.js';
import { Driver } from './driver.js';
import { Reader } from './reader.js';
import { readSettings } from './settings.js';

// A host without EventTarget can import it; nothing can be made there.
const Base = globalThis.EventTarget ?? class {};

const TYPES = ['open', 'message', 'missed', 'moved', 'lost', 'retry', 'steppeddown', 'fate', 'close'];

const limit = (name, value) => (value === Infinity ? value : number(name, value));
const LIMITS = { maxMessages: limit, maxBytes: limit, signal: (name, value) => value };

export class Channel extends Base {
  #url;
  #driver;
  /** The values of `onopen` and the like: `{ value }`, which keeps its place among the listeners. */
  #handlers = new Map();

  constructor(url, options = undefined) {
    if (arguments.length === 0) throw new TypeError('Channel: a URL is required');
    super();
    const settings = readSettings(options);
    const isInert = isServer({});
    // Where a page is rendered there may be nothing that a relative URL is relative to.
    this.#url = isInert ? { href: `${url}`, origin: '' } : targetUrl(url, true);
    this.#driver = new Driver(this, this.#url, settings, isInert);
  }

  get url() {
    return this.#url.href;
  }

  get phase() {
    return this.#driver.phase;
  }

  get kind() {
    return this.#driver.kind;
  }

  get position() {
    const { epoch, offset } = this.#driver;
    return epoch === undefined ? undefined : { epoch, offset };
  }

  get unacknowledged() {
    return this.#driver.unacknowledged;
  }

  get repeated() {
    return this.#driver.repeated;
  }

  send(data) {
    return this.#driver.send(data);
  }

  async sendConfirmed(data) {
    return this.#driver.outgoing.follow(this.#driver.send(data));
  }

  close() {
    this.#driver.close();
  }

  reconnect() {
    this.#driver.reconnect();
  }

  get opened() {
    const { cause, phase, kind, promises } = this.#driver;
    if (phase === 'up') return Promise.resolve(kind);
    return cause ? Promise.reject(new ChannelError(cause)) : promises.opened;
  }

  get closed() {
    const { cause, promises } = this.#driver;
    return cause ? Promise.resolve(cause) : promises.closed;
  }

  /** Messages from now on. */
  messages(options = undefined) {
    const { maxMessages = 10_000, maxBytes = 64 * 1024 * 1024, signal } = object('options', options, LIMITS);
    const driver = this.#driver;
    const reader = new Reader({ maxMessages: Math.max(maxMessages, 1), maxBytes: Math.max(maxBytes, 1) }, driver, signal);
    driver.readers.add(reader);
    if (driver.cause) reader.end();
    if (signal?.aborted) reader.return();
    return reader;
  }

  #setHandler(type, value) {
    const isObject = typeof value === 'function' || (typeof value === 'object' && value !== null);
    const known = this.#handlers.get(type);
    if (!isObject) {
      this.#handlers.delete(type);
      if (known) this.removeEventListener(type, known.run);
    } else if (known) {
      known.value = value;
    } else {
      const handler = { value };
      handler.run = (event) => {
        if (typeof handler.value === 'function') handler.value.call(this, event);
      };
      this.#handlers.set(type, handler);
      this.addEventListener(type, handler.run);
    }
  }

  static {
    const { prototype } = this;
    for (const type of TYPES) {
      Object.defineProperty(prototype, `on${type}`, {
        get() {
          return this.#handlers.get(type)?.value ?? null;
        },
        set(value) {
          this.#setHandler(type, value);
        },
        enumerable: true,
        configurable: true,
      });
    }
    const hidden = (name, value) => Object.defineProperty(prototype, name, { value, writable: true, configurable: true });
    hidden(Symbol.asyncIterator, prototype.messages);
    hidden(Symbol.toStringTag, 'Channel');
    if (Symbol.asyncDispose) {
      hidden(Symbol.asyncDispose, async function () {
        this.close();
        await this.closed;
      });
    }
  }
}
