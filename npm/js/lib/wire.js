// One connection: a socket of the browser's (or of a mock's), its events, and what they have told so far.
import { adopt, closeEvent, isNative, messageEvent, messagePrototype, redirect } from './events.js';
import { sizeOf } from './bytes.js';

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
  /** The sole listener for messages, or null where they are registered with the browser. */
  #sole = null;
  #several = false;
  /** The event that the sole listener is being called with. */
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

  /** Registers a listener of the application's; `count`: how many there are for its type. */
  listen(entry, count) {
    if (!this.#own) return;
    if (entry.type === 'message' && !this.#several) {
      if (count <= 1) {
        this.#sole = entry;
        return;
      }
      this.#several = true;
      this.#sole = null;
    }
    // What is registered during a dispatch is not called in it, though browsers would where it comes from a capturing listener: ours.
    entry.skip = entry.type === 'message' ? this.#calling : null;
    addEventListener.call(this.inner, entry.type, entry.run, entry.options);
    if (entry.type !== 'message') this.#keepLast(entry.type);
  }

  unlisten(entry) {
    if (this.#sole === entry) this.#sole = null;
    if (this.#own) removeEventListener.call(this.inner, entry.type, entry.run, entry.capture);
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
    if (this.direct) {
      core.received += 1;
      core.receivedBytes += sizeOf(event.data);
    } else if (!core.pilot.onMessage(this, event)) {
      if (this.#isNative(event)) event.stopImmediatePropagation();
      return;
    }
    if (this.#native !== true && !this.#isNative(event)) {
      core.dispatch(messageEvent(event));
      return;
    }
    Object.setPrototypeOf(event, messagePrototype);
    if (this.#several) {
      this.#rejoin();
    }
    const sole = this.#sole;
    if (sole === null) return;
    if (sole.signal !== undefined && sole.signal.aborted) {
      core.listeners.soleMessageListener();
      return;
    }
    this.#calling = event;
    sole.run(event);
    this.#calling = null;
  }

  /** Where one listener is left of several, it is called from here again. This event's listeners are those that there were. */
  #rejoin() {
    const entry = this.core.listeners.soleMessageListener();
    if (entry === null) return;
    this.#several = false;
    removeEventListener.call(this.inner, 'message', entry.run, entry.capture);
    this.#sole = entry;
  }

  #isNative(event) {
    if (this.#native === undefined) this.#native = this.#own && isNative(event);
    return this.#native;
  }
}

/** The events after which there is something to do. */
const AFTER = ['open', 'error', 'close'];
