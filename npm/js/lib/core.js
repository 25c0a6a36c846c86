// What a socket is made of, whoever is in charge of it: where it connects to, who listens, what arrives. The pilot decides what is done:
// `Plain` before the machine is loaded, without retries, and where it can't be loaded; `Managed` with the machine.
import { byteLength, sizeOf } from './bytes.js';
import { exception } from './checks.js';
import { closeEvent, messageEvent, notice } from './events.js';
import { Listeners } from './listeners.js';
import { Inbox } from './inbox.js';
import { Plain } from './plain.js';
import { Receipts } from './receipts.js';
import { isServer } from './server.js';
import { resolve } from './target.js';
import { Wire } from './wire.js';

const dispatchEvent = globalThis.EventTarget?.prototype.dispatchEvent;

export class Core {
  outer;
  settings;
  listeners;
  pilot;
  receipts;
  inbox;
  binaryType;
  /** The URL of the last attempt. */
  url = '';
  /** The connection that listeners see. */
  shown = null;
  retryCount = 0;
  received = 0;
  receivedBytes = 0;
  /** Bytes that were sent when there was nothing to send them with. */
  sunk = 0;
  /** How it ended for good. */
  end = null;
  /** The endpoint to begin with. */
  first;
  #loader;
  /** Makes a pilot that has the machine, once that is there. */
  #manager = null;
  #opened = null;
  #closed = null;

  constructor(outer, settings, loader) {
    this.outer = outer;
    this.settings = settings;
    this.#loader = loader;
    this.binaryType = settings.binaryType;
    this.listeners = new Listeners(outer);
    this.receipts = new Receipts(this);
    this.inbox = new Inbox(this);
    this.first = Math.floor(Math.random() * settings.endpoints.length);
    const [{ url }] = settings.endpoints;
    if (typeof url === 'string') this.url = url;
    this.pilot = new Plain(this);
  }

  /** Begins, and loads the machine beside. What the browser's constructor throws passes through. */
  start() {
    if (this.settings.startClosed) this.pilot.rest();
    if (this.settings.startClosed || isServer(this.settings)) return;
    this.#manager = this.settings.needsMachine ? this.#loader.loaded() : null;
    this.pilot.begin(this.#awaitsMachine());
    if (this.#manager) this.#manage();
    else if (this.settings.needsMachine) this.#load();
    this.#obeySignal();
    if (this.settings.signal?.aborted) this.pilot.close(undefined, undefined);
  }

  #abort = () => this.pilot.close(undefined, undefined);

  /** Until the end: a signal may live as long as the page, and what it has is kept. */
  #obeySignal() {
    if (!this.end) this.settings.signal?.addEventListener('abort', this.#abort);
  }

  /** Whether the machine is on its way. */
  #awaitsMachine() {
    return this.settings.needsMachine && this.#loader.comes();
  }

  #load() {
    this.#loader.load().then(
      (manager) => {
        this.#manager = manager;
        if (!this.pilot.managed && !this.pilot.rests) this.#manage();
      },
      (error) => {
        if (!this.pilot.managed) this.pilot.alone(error);
      },
    );
  }

  /** A connection is lost, and the machine did not come when it was asked for: it may come now. */
  asksAgain() {
    if (!this.#awaitsMachine()) return false;
    this.#load();
    return true;
  }

  #manage() {
    const plain = this.pilot;
    if (plain.wire?.isShowing) {
      // Between two listeners of one event.
      plain.afterwards = () => this.#manage();
      return;
    }
    // What is closed, or about to be, needs no machine.
    if (this.end || plain.isClosing) return;
    let managed;
    try {
      managed = this.#manager(this);
    } catch (error) {
      // Not within the constructor: nobody could be listening yet.
      queueMicrotask(() => this.loseMachine(error, plain));
      return;
    }
    this.pilot = managed;
    managed.adopt(plain);
  }

  reconnect(code, reason) {
    if (isServer(this.settings)) return;
    this.end = null;
    this.#obeySignal();
    this.#closed = this.#closed?.done ? null : this.#closed;
    this.#opened = this.#opened?.done ? null : this.#opened;
    if (this.pilot.managed || !this.settings.needsMachine) {
      this.pilot.reconnect(code, reason);
      return;
    }
    this.#manager ??= this.#loader.loaded();
    this.pilot.reconnect(code, reason, this.#awaitsMachine());
    if (this.#manager) this.#manage();
    else this.#load();
  }

  /** The machine is lost: the plain socket that it was taking over from goes on, or one with the connection and the messages that there are. */
  loseMachine(error, plain, wire, sending) {
    this.#manager = null;
    this.#loader.forget();
    this.pilot = plain ?? new Plain(this);
    if (plain) plain.alone(error);
    else this.pilot.inherit(wire, error, sending.waiting(), sending.next);
  }

  /** What an endpoint says: `{ url, protocols, validFor }`, or STOP; now or later. Throws what a provider throws. */
  resolve(index, attempt) {
    return resolve(this.settings.endpoints[index], attempt);
  }

  isFixed(index) {
    const { url, protocols } = this.settings.endpoints[index];
    return typeof url !== 'function' && typeof protocols !== 'function';
  }

  /** Opens a connection. Throws what the constructor throws. */
  connect({ url, protocols }) {
    const Class = this.settings.WebSocket ?? globalThis.WebSocket;
    if (typeof Class !== 'function') throw exception('NotSupportedError', 'there is no WebSocket here');
    const inner = new Class(url, protocols);
    this.url = typeof inner.url === 'string' ? inner.url : url;
    return new Wire(this, inner);
  }

  /** From now on the listeners see this connection. */
  show(wire) {
    this.shown = wire;
    this.listeners.attach(wire);
  }

  /** An event for the application. */
  dispatch(event) {
    dispatchEvent.call(this.outer, event);
  }

  tell(type, detail) {
    this.settings.log?.(type, detail);
    this.dispatch(notice(type, detail));
  }

  /** What became of messages, by their public numbers. */
  tellFate(detail) {
    this.receipts.note(detail);
    this.tell('fate', detail);
  }

  tellOne(id, fate, bytes) {
    this.tellFate({ first: id, last: id, fate, messages: 1, bytes });
  }

  /** A message that is not delivered straight. Returns whether the listeners are to see it. */
  take(data) {
    this.inbox.take(data);
    return true;
  }

  count(data) {
    this.received += 1;
    this.receivedBytes += sizeOf(data);
  }

  /** A message whose event is gone. */
  deliver(data) {
    this.take(data);
    this.dispatch(messageEvent({ data, origin: originOf(this.url) }));
  }

  /** Whether messages need no other look than the listeners'. */
  isDirect() {
    return !this.inbox.wants;
  }

  metrics() {
    const { received, receivedBytes, pilot } = this;
    return {
      // What is not counted without the machine. There is no round trip before the first.
      ...Object.fromEntries(METRICS.map((name, at) => [name, at < 2 ? undefined : 0])),
      closes: {},
      ...pilot.metrics(),
      messagesReceived: received,
      bytesReceived: receivedBytes,
      queuedBytes: pilot.queuedBytes,
    };
  }

  setBinaryType(type) {
    this.binaryType = type;
    for (const wire of this.pilot.wires()) wire.inner.binaryType = type;
  }

  /** Sends into nothing, as the standard says of CLOSING and CLOSED, and says so. */
  sink(data, wire) {
    const bytes = byteLength(data);
    if (wire && wire.inner.readyState > 1) wire.inner.send(data);
    else this.sunk += bytes;
    this.tellOne(-1, 'failed', bytes);
  }

  /** There is a connection. */
  isOpen() {
    this.#opened?.resolve(this.outer);
  }

  /** It has ended for good, and the application was told. */
  finish(info) {
    this.end = info;
    this.settings.signal?.removeEventListener('abort', this.#abort);
    this.#opened?.reject(exception('InvalidStateError', `the socket was closed with ${info.code} before it was open`));
    this.#closed?.resolve(info);
    this.inbox.end();
  }

  /** Ends for good by an event of ours. */
  conclude(info) {
    this.settings.log?.('close', info);
    this.dispatch(closeEvent(info));
    this.finish(info);
  }

  get opened() {
    if (this.#opened === null || (this.#opened.done && !this.#isSettledRight())) {
      this.#opened = deferred();
      if (this.end) this.#opened.reject(exception('InvalidStateError', 'the socket is closed'));
      else if (this.pilot.readyState === 1) this.#opened.resolve(this.outer);
    }
    return this.#opened.promise;
  }

  /** A promise that was kept is good for as long as there is a connection. */
  #isSettledRight() {
    return this.pilot.readyState === 1 || this.end !== null;
  }

  get closed() {
    if (this.#closed === null) {
      this.#closed = deferred();
      if (this.end) this.#closed.resolve(this.end);
    }
    return this.#closed.promise;
  }
}

/** The machine's metrics in its order: that of output.rs. */
export const METRICS =
  'roundTripMs shortestRoundTripMs connectedMs attempts opens replaced dead messagesSent bytesSent messagesReceived bytesReceived dropped expired failed unknown'.split(
    ' ',
  );

function originOf(url) {
  try {
    return new URL(url).origin;
  } catch {
    return '';
  }
}

function deferred() {
  const one = { done: false };
  one.promise = new Promise((resolve, reject) => {
    one.resolve = (value) => {
      one.done = true;
      resolve(value);
    };
    one.reject = (error) => {
      one.done = true;
      reject(error);
    };
  });
  // Nobody has to wait for it.
  one.promise.catch(() => {});
  return one;
}
