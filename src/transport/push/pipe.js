// The interface of the browser's WebSocket (WHATWG WebSockets, section 3.1), over a link.
import { closeArguments, settings, targetUrl } from './checks.js';
import { CLOSED, CLOSING, CONNECTING, Link, OPEN } from './link.js';

const TYPES = ['open', 'message', 'error', 'close'];

export class Pipe extends EventTarget {
  #link;
  /** The values of `onopen` and the like: `{ value }`, which keeps its place among the listeners. */
  #handlers = new Map();

  /** `kind`: `{ options, isSocket }`, the names of the options, and which scheme; `drive` makes the driver of a link. */
  constructor(url, options, kind, drive) {
    super();
    const target = targetUrl(url, kind.isSocket);
    const known = settings(options ?? {}, kind.options);
    this.#link = new Link(this, target, known);
    this.#link.begin(drive(this.#link, options ?? {}));
  }

  /** For the classes here: `Pipe.link(pipe)`. */
  static link(pipe) {
    return pipe.#link;
  }

  get url() {
    return this.#link.url;
  }

  get readyState() {
    return this.#link.state;
  }

  get protocol() {
    return this.#link.protocol;
  }

  get extensions() {
    return this.#link.extensions;
  }

  /** Bytes that are not acknowledged. */
  get bufferedAmount() {
    return this.#link.buffered;
  }

  get binaryType() {
    return this.#link.binaryType;
  }

  set binaryType(value) {
    if (value === 'blob' || value === 'arraybuffer') this.#link.binaryType = value;
  }

  /** The channel's life that was heard of last. */
  get epoch() {
    return this.#link.epoch;
  }

  /** The offset of the last message that was delivered. */
  get offset() {
    return this.#link.offset;
  }

  /** The name under which the server counts what is sent. A secret. */
  get session() {
    return this.#link.settings.session;
  }

  /** How many messages came again, and were dropped. */
  get repeated() {
    return this.#link.repeated;
  }

  send(data) {
    if (arguments.length === 0) throw new TypeError('send needs what it is to send');
    this.#link.send(data);
  }

  close(code, reason) {
    this.#link.close(...closeArguments(code, reason));
  }

  static #handler(pipe, type) {
    return pipe.#handlers.get(type)?.value ?? null;
  }

  static #setHandler(pipe, type, value) {
    const isObject = typeof value === 'function' || (typeof value === 'object' && value !== null);
    const known = pipe.#handlers.get(type);
    if (!isObject) {
      pipe.#handlers.delete(type);
      if (known) pipe.removeEventListener(type, known.run);
    } else if (known) {
      known.value = value;
    } else {
      const handler = { value, run: null };
      handler.run = (event) => {
        if (typeof handler.value === 'function' && handler.value.call(pipe, event) === false) event.preventDefault();
      };
      pipe.#handlers.set(type, handler);
      pipe.addEventListener(type, handler.run);
    }
  }

  static {
    for (const type of [...TYPES, 'gap']) {
      Object.defineProperty(this.prototype, `on${type}`, {
        get() {
          return Pipe.#handler(this, type);
        },
        set(value) {
          Pipe.#setHandler(this, type, value);
        },
        enumerable: true,
        configurable: true,
      });
    }
    for (const [name, value] of Object.entries({ CONNECTING, OPEN, CLOSING, CLOSED })) {
      for (const target of [this, this.prototype]) Object.defineProperty(target, name, { value, enumerable: true });
    }
  }
}

/** One that can be told to wait: it reads no further, and where the transport allows that, the server is held back. */
export class PacedPipe extends Pipe {
  pause() {
    Pipe.link(this).pause();
  }

  resume() {
    Pipe.link(this).resume();
  }
}
