// The listeners of one socket. Each is registered with the browser twice: on our object, for events that are dispatched there, and on
// the connection's own socket, for the browser's events; and again on the next connection. Order, `once`, `capture`, `signal`,
// `stopImmediatePropagation`, removal during a dispatch and the report of what a listener throws are the browser's own that way.
//
// The first listener for messages is called by the connection itself: another listener for each message would cost half as much again.

const { addEventListener, removeEventListener } = globalThis.EventTarget?.prototype ?? {};

/** The events that come from a connection. */
export const CONNECTION_EVENTS = ['open', 'message', 'error', 'close'];

export class Listeners {
  #outer;
  /** The connection whose events the listeners see. */
  #wire = null;
  #lists = { __proto__: null, open: [], message: [], error: [], close: [] };
  /** The entries of `onopen` and the like. */
  #handlers = { __proto__: null, open: null, message: null, error: null, close: null };

  constructor(outer) {
    this.#outer = outer;
  }

  /** `addEventListener`. */
  add(type, callback, options) {
    type = `${type}`;
    const list = this.#lists[type];
    if (list === undefined || (typeof callback !== 'function' && (typeof callback !== 'object' || callback === null))) {
      // Not ours, or nothing that can be called: the browser's own checks.
      addEventListener.call(this.#outer, type, callback, options);
      return;
    }
    const { capture, once, passive, signal } = read(options);
    this.#forgetAborted(type);
    if (list.some((entry) => !entry.handler && entry.callback === callback && entry.capture === capture)) return;
    const native = { capture };
    // What is there at all counts: `signal: undefined` is an error.
    if (passive !== undefined) native.passive = passive;
    if (signal !== undefined) native.signal = signal;
    const entry = this.#entry(type, callback, native, (event) => {
      if (once) this.#drop(entry);
      if (typeof callback === 'function') callback.call(this.#outer, event);
      else callback.handleEvent(event);
    });
    this.#insert(entry);
  }

  /** `removeEventListener`. */
  remove(type, callback, options) {
    type = `${type}`;
    const list = this.#lists[type];
    removeEventListener.call(this.#outer, type, callback, options);
    if (list === undefined) return;
    const capture = captureOf(options);
    const entry = list.find((known) => !known.handler && known.callback === callback && known.capture === capture);
    if (entry) this.#drop(entry);
  }

  /** The value of `onopen` and the like. */
  handler(type) {
    return this.#handlers[type]?.callback ?? null;
  }

  /** Sets it, as the HTML standard treats an event handler: what is no object is null, and one that replaces another keeps its place. */
  setHandler(type, value) {
    const callback = typeof value === 'function' || (typeof value === 'object' && value !== null) ? value : null;
    const known = this.#handlers[type];
    if (callback === null) {
      if (known) this.#drop(known);
      this.#handlers[type] = null;
    } else if (known) {
      known.callback = callback;
    } else {
      const entry = this.#entry(type, callback, { capture: false }, (event) => {
        if (typeof entry.callback === 'function' && entry.callback.call(this.#outer, event) === false) event.preventDefault();
      });
      entry.handler = true;
      this.#handlers[type] = entry;
      this.#insert(entry);
    }
  }

  /** A listener as it is kept, which calls `call`. */
  #entry(type, callback, options, call) {
    const { capture, signal } = options;
    const entry = { type, callback, capture, signal, handler: false, options, skip: null };
    entry.run = (event) => {
      // Not if it was registered while this event was under way.
      const skip = entry.skip;
      entry.skip = null;
      if (skip === null || skip !== event) call(event);
    };
    return entry;
  }

  /** Chromium's `when` would register past `addEventListener`. */
  when(type, options) {
    return new globalThis.Observable((subscriber) => {
      this.add(type, (event) => subscriber.next(event), { ...options, signal: subscriber.signal });
    });
  }

  /** From now on the listeners see this connection's events, and no other's. */
  attach(wire) {
    if (this.#wire === wire) return;
    this.detach();
    this.#wire = wire;
    for (const type of CONNECTION_EVENTS) {
      this.#forgetAborted(type);
      for (const entry of this.#lists[type]) wire.listen(entry);
    }
  }

  /** From now on they see no connection's. */
  detach() {
    const wire = this.#wire;
    this.#wire = null;
    if (wire) for (const type of CONNECTION_EVENTS) for (const entry of this.#lists[type]) wire.unlisten(entry);
  }

  /** The listener for messages that is the first to be called, or null; and the others, in their order. */
  firstForMessages() {
    this.#forgetAborted('message');
    const list = this.#lists.message;
    const first = list.find(({ capture }) => capture && capturesFirst()) ?? list[0] ?? null;
    return { first, others: list.filter((entry) => entry !== first) };
  }

  #insert(entry) {
    addEventListener.call(this.#outer, entry.type, entry.run, entry.options);
    const list = this.#lists[entry.type];
    // An aborted signal: the browser has not taken it either.
    if (entry.signal?.aborted) return;
    list.push(entry);
    this.#wire?.listen(entry);
  }

  #drop(entry) {
    const list = this.#lists[entry.type];
    const at = list.indexOf(entry);
    if (at < 0) return;
    list.splice(at, 1);
    removeEventListener.call(this.#outer, entry.type, entry.run, entry.capture);
    this.#wire?.unlisten(entry);
  }

  #forgetAborted(type) {
    const list = this.#lists[type];
    if (list.some((entry) => entry.signal?.aborted)) {
      for (const entry of list.filter(({ signal }) => signal?.aborted)) this.#drop(entry);
    }
  }
}

/** Whether listeners that capture are called before the others, as the standard has it. Chromium does so only for targets in a tree. */
function capturesFirst() {
  let order = '';
  const target = new EventTarget();
  target.addEventListener('x', () => (order += 'x'));
  target.addEventListener('x', () => (order += 'capture'), true);
  target.dispatchEvent(new Event('x'));
  return order[0] === 'c';
}

/** WebIDL's conversion of `(AddEventListenerOptions or boolean)`, in its order. */
function read(options) {
  if (options === undefined || options === null) return { capture: false, once: false };
  if (typeof options !== 'object' && typeof options !== 'function') return { capture: Boolean(options), once: false };
  const capture = Boolean(options.capture);
  const once = Boolean(options.once);
  const { passive, signal } = options;
  return { capture, once, passive: passive === undefined ? undefined : Boolean(passive), signal };
}

function captureOf(options) {
  return typeof options === 'object' || typeof options === 'function' ? Boolean(options?.capture) : Boolean(options);
}
