// One connection: a socket of the browser's (or of a mock's), its events, and what they have told so far.
import { adopt, callWith, closeEvent, isNative, messageEvent, messagePrototype, redirect } from './events.js';

const { addEventListener, removeEventListener } = globalThis.EventTarget?.prototype ?? {};

export class Wire {
  /** The number that the machine has given it. */
  id = -1;
  inner;
  core;
  /** What has happened. */
  opened = false;
  failed = false;
  /** Code, reason and wasClean, and what was buffered then. */
  closed = null;
  /** Messages that nobody could be given yet. */
  held = null;
  /** Whether messages go to the listeners and nowhere else. */
  direct = false;
  /** Whether its events are the browser's own; unknown before the first. */
  #native = undefined;
  #ended = false;
  /** The first listener for messages, which is called from here; the others are registered with the browser. */
  #lead = null;
  #others = 0;
  /** Whether another one may be the first by now. */
  #leads = false;
  /** The message that the first listener is being called with. */
  #calling = null;
  /** An event that is on its way to the listeners. */
  #showing = null;
  #moveAfter = new Set();
  #gates;

  constructor(core, inner) {
    this.core = core;
    this.inner = inner;
    const on = (type, handle) => [type, (event) => handle.call(this, event)];
    this.#gates = [
      on('open', this.#onOpen),
      on('message', this.#onMessage),
      on('error', this.#onError),
      on('close', this.#onClose),
    ];
    if (typeof inner.addEventListener === 'function') {
      // Before any listener of the application's, whichever phase that asks for.
      for (const [type, gate] of this.#gates) inner.addEventListener(type, gate, { capture: true });
      this.#own = inner instanceof EventTarget;
    } else {
      for (const [type, gate] of this.#gates) inner[`on${type}`] = gate;
    }
    if (this.#own) {
      adopt(inner, core.outer);
      for (const type of AFTER) addEventListener.call(inner, type, this.#after);
    }
    if (inner.binaryType !== core.binaryType) inner.binaryType = core.binaryType;
  }

  /** Whether it is a real event target, which listeners can be registered with. */
  #own = false;

  /** Whether an event is on its way to the listeners. */
  get isShowing() {
    return this.#showing !== null;
  }

  /** Registers a listener of the application's. */
  listen(entry) {
    if (!this.#own) return;
    const { type } = entry;
    // What is registered during a dispatch is not called in it, though browsers would where it comes from a capturing listener: ours.
    entry.skip = type === 'message' ? this.#calling : null;
    if (type !== 'message') {
      this.#register(entry);
      this.#keepLast(type);
    } else if (this.#lead === null && this.#others === 0) {
      this.#lead = entry;
    } else {
      if (entry.capture) this.#leads = true;
      this.#others += 1;
      this.#register(entry);
    }
  }

  unlisten(entry) {
    if (!this.#own) return;
    if (this.#lead === entry) {
      this.#lead = null;
      this.#leads = true;
      return;
    }
    if (entry.type === 'message') this.#others -= 1;
    this.#unregister(entry);
  }

  #register({ type, run, options }) {
    addEventListener.call(this.inner, type, run, options);
  }

  #unregister({ type, run, capture }) {
    removeEventListener.call(this.inner, type, run, capture);
  }

  /** Detaches: nothing more is heard of it. */
  end() {
    if (this.#ended) return;
    this.#ended = true;
    this.direct = false;
    const { inner } = this;
    for (const [type, gate] of this.#gates) {
      if (typeof inner.removeEventListener === 'function') inner.removeEventListener(type, gate, { capture: true });
      else inner[`on${type}`] = null;
    }
    if (this.#own) for (const type of AFTER) removeEventListener.call(inner, type, this.#after);
  }

  close(code, reason) {
    if (code === undefined) this.inner.close();
    else if (reason === undefined || reason === '') this.inner.close(code);
    else this.inner.close(code, reason);
  }

  #onOpen(event) {
    this.opened = true;
    this.#pass(event, () => this.core.pilot.onOpen(this));
  }

  #onError(event) {
    this.failed = true;
    this.#pass(event, () => this.core.pilot.onError(this));
  }

  #onClose(event) {
    const { code, reason, wasClean } = event;
    this.closed = { code: code ?? 1006, reason: reason ?? '', wasClean: wasClean ?? false };
    this.#pass(event, () => this.core.pilot.onClose(this));
    this.direct = false;
  }

  /**
   * Asks the pilot whether the listeners are to see the event now. What comes after it waits until they have: its place is behind the
   * last listener.
   */
  #pass(event, ask) {
    this.#resume();
    const show = ask();
    if (!this.#isNative(event)) {
      if (show) {
        this.core.dispatch(event.type === 'close' ? closeEvent(event) : new Event(event.type));
        this.core.pilot.shown(this, event.type);
      }
      return;
    }
    if (!show) {
      event.stopImmediatePropagation();
      return;
    }
    redirect(event);
    this.#showing = event;
    // A listener may stop the event before it gets to the last one.
    this.#fallback = setTimeout(() => this.#resume(), 0);
  }

  #fallback = undefined;
  #after = (event) => {
    if (event === this.#showing) this.#resume();
  };

  #resume() {
    const event = this.#showing;
    if (event === null) return;
    this.#showing = null;
    clearTimeout(this.#fallback);
    for (const type of this.#moveAfter) this.#keepLast(type);
    this.#moveAfter.clear();
    this.core.pilot.shown(this, event.type);
  }

  /** Keeps our last listener the last one. Not during a dispatch: it would not be called then. */
  #keepLast(type) {
    if (this.#showing?.type === type) {
      this.#moveAfter.add(type);
      return;
    }
    if (this.#ended) return;
    removeEventListener.call(this.inner, type, this.#after);
    addEventListener.call(this.inner, type, this.#after);
  }

  #onMessage(event) {
    const { core } = this;
    const native = this.#native ?? this.#isNative(event);
    // First of all: the payload is kept with the event, and would have to move with it.
    if (native) Object.setPrototypeOf(event, messagePrototype);
    const { data } = event;
    if (this.direct) {
      core.count(data);
    } else if (!core.pilot.onMessage(this, data)) {
      if (native) event.stopImmediatePropagation();
      return;
    }
    if (!native) {
      core.dispatch(messageEvent(event));
      return;
    }
    if (this.#leads) this.#choose();
    const lead = this.#lead;
    if (lead === null) return;
    if (lead.signal?.aborted) {
      core.listeners.firstForMessages();
      return;
    }
    this.#calling = event;
    callWith(lead.run, event, data, core.outer);
    this.#calling = null;
  }

  /** Chooses who is called from here. This event's listeners are those that there were. */
  #choose() {
    this.#leads = false;
    const before = this.#lead;
    const { first, others } = this.core.listeners.firstForMessages();
    if (first === before) return;
    this.#unregister(first);
    this.#lead = first;
    if (before === null) {
      this.#others -= 1;
      return;
    }
    // One that captures has come before it. Now its place is before all others that don't.
    for (const entry of others) {
      if (entry.capture) continue;
      this.#unregister(entry);
      this.#register(entry);
    }
  }

  #isNative(event) {
    this.#native ??= this.#own && isNative(event);
    return this.#native;
  }
}

/** The events after which there is something to do. */
const AFTER = ['open', 'error', 'close'];
