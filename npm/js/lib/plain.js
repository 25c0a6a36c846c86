// A socket without the machine: until it is loaded, where retries are turned off, and where it can't be loaded. One connection; what
// is sent before it is open waits, but for a socket without retries, which does as the standard says.
import { byteLength, snapshot } from './bytes.js';
import { STOP } from './target.js';
import { closeEvent } from './events.js';
import { connecting, full, notNow, tooLarge } from './errors.js';
import { Greetings } from './greeting.js';

/** The end of what never was a connection. */
const lost = () => ({ code: 1006, reason: '', wasClean: false });

export class Plain {
  /** Whether it waits for `reconnect` to begin. */
  rests = false;
  managed = false;
  /** Whether the machine may still come and take over. */
  awaits = false;
  /** What the provider has said: `{ target }`, `{ later }`, `{ failed }`; nothing before it is asked. */
  answer = null;
  /** What was handed over and what waits: number, value, bytes, and until when. */
  sent = [];
  queue = [];
  wire = null;
  /** Whether the application knows of the connection. */
  announced = false;
  #core;
  #greetings;
  queuedBytes = 0;
  #next = 0;
  #closing = false;
  /** The end that the application is not told of while the machine may come. */
  #heldEnd = null;
  /** What is to be done once the listeners have seen an event. */
  afterwards = null;
  #messages = { sent: 0, bytes: 0, attempts: 0, opens: 0 };
  #told = 'idle';
  /** Whether the application knows that the machine is not there. */
  #isAlone = false;

  constructor(core) {
    this.#core = core;
    this.#greetings = new Greetings(core);
  }

  /** Does nothing until `reconnect`. */
  rest() {
    this.rests = true;
  }

  begin(awaits) {
    const core = this.#core;
    this.rests = false;
    this.awaits = awaits;
    this.#closing = false;
    this.#heldEnd = null;
    this.announced = false;
    this.#messages.attempts += 1;
    let answer;
    try {
      answer = core.resolve(core.first, { retry: 0, last: undefined });
    } catch (error) {
      // A URL that is none was told by the constructor.
      if (core.isFixed(core.first)) throw error;
      this.#unresolved();
      return;
    }
    if (typeof answer?.then !== 'function') {
      this.#resolved(answer, core.isFixed(core.first));
      return;
    }
    const later = answer;
    this.answer = { later };
    this.#tellPhase();
    const still = () => this.answer?.later === later && core.pilot === this && !this.#closing && core.end === null;
    later.then(
      (target) => still() && this.#resolved(target, false),
      () => still() && this.#unresolved(),
    );
  }

  #resolved(target, throws) {
    this.answer = { target };
    if (target === STOP) {
      this.#fail('provider');
      return;
    }
    try {
      this.wire = this.#core.connect(target);
    } catch (error) {
      if (throws) throw error;
      this.#fail('rejected');
      return;
    }
    this.#core.show(this.wire);
    this.redirect();
    this.#tellPhase();
  }

  #unresolved() {
    this.answer = { failed: true };
    this.#fail('provider');
  }

  /** There will be no connection, unless the machine comes. */
  #fail(kind) {
    if (this.awaits) return;
    setTimeout(() => {
      if (this.#core.pilot !== this || this.#core.end) return;
      this.#core.tell('gaveup', { why: { kind } });
      this.#conclude(lost());
    }, 0);
  }

  /** The machine can't be loaded. */
  alone(error) {
    const core = this.#core;
    this.awaits = false;
    if (!this.#isAlone) core.tell('plain', { error });
    this.#isAlone = true;
    if (core.end || core.pilot !== this) return;
    if (this.#heldEnd) this.#conclude(this.#heldEnd);
    else if (this.answer?.failed || this.answer?.target === STOP) this.#fail('provider');
    else if (this.wire === null && this.answer?.target) this.#fail('rejected');
    else if (this.wire?.opened && !this.announced) this.#greet();
  }

  /** Goes on with a connection that the machine had, or with none; `waiting` is what it had not sent, `next` the number that comes next. */
  inherit(wire, error, waiting, next) {
    this.wire = wire;
    this.announced = wire?.opened ?? false;
    this.queue = waiting;
    for (const { bytes } of waiting) this.queuedBytes += bytes;
    this.#next = next;
    // Before the application hears of it, and sends more.
    if (this.announced && wire.inner.readyState === 1) this.#announce();
    else this.redirect();
    this.#core.tell('plain', { error });
    if (wire === null) this.#conclude(lost());
  }

  /** Tells the application of another phase, if it is one. */
  #tellPhase() {
    const { phase } = this;
    const previous = this.#told;
    if (phase === previous) return;
    this.#told = phase;
    this.#core.tell('statechange', { phase, previous });
  }

  // What the connection tells. Each says whether the listeners are to see it.

  onOpen(wire) {
    if (wire !== this.wire) return false;
    if (this.#core.settings.handshake) {
      if (!this.awaits) this.#greet();
      return false;
    }
    this.#messages.opens += 1;
    this.announced = true;
    this.#tellPhase();
    return true;
  }

  onError(wire) {
    return wire === this.wire;
  }

  onClose(wire) {
    if (wire !== this.wire) return false;
    this.#greetings.end(wire);
    if (!this.#closing && (this.awaits || this.#core.asksAgain())) {
      this.awaits = true;
      this.#heldEnd = wire.closed;
      return false;
    }
    this.#core.end = wire.closed;
    this.#tellPhase();
    return true;
  }

  shown(wire, type) {
    if (type === 'open') this.#announce();
    if (type === 'close') {
      this.#leave();
      this.#core.settings.log?.('close', wire.closed);
      this.#core.finish(wire.closed);
    }
    this.afterwards?.();
    this.afterwards = null;
  }

  onMessage(wire, data) {
    if (wire !== this.wire) return false;
    if (this.#core.settings.handshake && !this.announced) {
      if (this.awaits) (wire.held ??= []).push(data);
      else this.#greetings.receive(wire, data);
      return false;
    }
    this.#core.count(data);
    return this.#core.take(data);
  }

  async #greet() {
    const { wire } = this;
    const accepted = await this.#greetings.run(wire, wire.held ?? []);
    if (this.#core.pilot !== this || wire !== this.wire || wire.closed || this.#closing) return;
    if (!accepted) {
      this.#end(wire);
      wire.close();
      this.#conclude(lost());
      return;
    }
    this.#messages.opens += 1;
    this.announced = true;
    this.#tellPhase();
    this.#core.dispatch(new Event('open'));
    this.#announce();
    for (const data of this.#greetings.rest(wire)) this.#core.deliver(data);
  }

  /** The application has seen the `open` event: what waits follows. */
  #announce() {
    this.announced = true;
    this.#core.isOpen();
    this.redirect();
    const now = Date.now();
    for (const entry of this.queue.splice(0)) {
      this.queuedBytes -= entry.bytes;
      const { id, value, bytes } = entry;
      if (entry.until <= now) {
        this.#core.tellOne(id, 'expired', bytes);
        continue;
      }
      this.wire.inner.send(value);
      this.#note(id, bytes);
      this.#core.tellOne(id, 'handed-over', bytes);
    }
  }

  #note(id, bytes) {
    this.#messages.sent += 1;
    this.#messages.bytes += bytes;
    // The machine is told of them when it comes, which is soon.
    if (this.awaits) this.sent.push({ id, bytes });
  }

  // What the application wants.

  send(data, { ttlMs, now = false } = {}) {
    const { wire } = this;
    const { comesBack } = this.#core.settings;
    if (!comesBack && this.readyState === 0 && !wire) {
      throw connecting();
    }
    const open = wire !== null && wire.inner.readyState === 1 && (this.announced || now || !comesBack);
    if ((open && this.queue.length === 0) || (wire && !comesBack)) {
      const text = typeof data === 'string';
      const before = text ? wire.inner.bufferedAmount : 0;
      // Throws what the standard has for it.
      wire.inner.send(data);
      if (wire.inner.readyState !== 1) return [undefined, 'failed'];
      const id = this.#next++;
      this.#note(id, text ? wire.inner.bufferedAmount - before : (data?.byteLength ?? data?.size ?? `${data}`.length));
      return [id, 'handed-over'];
    }
    const value = snapshot(data);
    if (now) throw notNow();
    if (this.#closing || this.#core.end || this.rests) {
      this.#core.sink(value, wire);
      return [undefined, 'failed'];
    }
    return this.#wait(value, byteLength(value), ttlMs);
  }

  #wait(value, bytes, ttlMs) {
    const { maxMessages, maxBytes, overflow } = this.#core.settings.outbox;
    const id = this.#next;
    if (bytes > maxBytes && overflow !== 'drop-newest') throw tooLarge(bytes, maxBytes);
    while (this.queue.length >= maxMessages || this.queuedBytes + bytes > maxBytes) {
      if (overflow === 'reject') throw full(this.queue.length, this.queuedBytes, maxMessages, maxBytes);
      if (overflow === 'drop-newest' || this.queue.length === 0) {
        this.#next += 1;
        this.#core.tellOne(id, 'dropped', bytes);
        return [id, 'dropped'];
      }
      const oldest = this.queue.shift();
      this.queuedBytes -= oldest.bytes;
      this.#core.tellOne(oldest.id, 'dropped', oldest.bytes);
    }
    this.#next += 1;
    this.queuedBytes += bytes;
    this.queue.push({ id, value, bytes, until: ttlMs === undefined ? Infinity : Date.now() + ttlMs });
    return [id, 'queued'];
  }

  close(code, reason) {
    if (this.#core.end || this.#closing) {
      this.wire?.close(code, reason);
      return;
    }
    this.#closing = true;
    this.#drop('failed');
    if (this.wire && !this.wire.closed) {
      this.wire.close(code, reason);
      this.#tellPhase();
      return;
    }
    this.#tellPhase();
    // The close event comes in a task of its own, as the standard has it.
    setTimeout(() => {
      if (this.#core.pilot === this && this.#closing && !this.#core.end) this.#conclude(lost());
    }, 0);
  }

  reconnect(code = 1000, reason = '', awaits = false) {
    const { wire } = this;
    const live = wire !== null && !wire.closed;
    if (wire) this.#end(wire);
    if (live) wire.close(code, reason);
    const told = live && this.announced;
    this.wire = null;
    if (told) this.#core.dispatch(closeEvent({ code, reason, wasClean: false }));
    this.begin(awaits);
  }

  replace() {
    return false;
  }

  fateOf(id) {
    return this.queue.some((entry) => entry.id === id) ? 'queued' : undefined;
  }

  /** Who looks at messages has changed. */
  redirect() {
    const { handshake } = this.#core.settings;
    if (this.wire) this.wire.direct = this.#core.isDirect() && (!handshake || this.announced);
  }

  wires() {
    return this.wire ? [this.wire] : [];
  }

  #drop(fate) {
    for (const { id, bytes } of this.queue.splice(0)) this.#core.tellOne(id, fate, bytes);
    this.queuedBytes = 0;
  }

  #leave() {
    this.#drop('failed');
    if (this.wire) this.#end(this.wire);
  }

  #end(wire) {
    this.#greetings.end(wire);
    if (this.#core.shown === wire) this.#core.listeners.detach();
    wire.end();
  }

  #conclude(info) {
    this.#core.end = info;
    this.#tellPhase();
    this.#leave();
    this.#core.conclude(info);
  }

  get isClosing() {
    return this.#closing;
  }

  get readyState() {
    const { wire } = this;
    if (this.#core.end) return 3;
    if (this.#closing) return wire && !wire.closed ? wire.inner.readyState : 2;
    if (this.rests) return 3;
    if (wire === null || this.#heldEnd) return 0;
    if (this.#core.settings.handshake && !this.announced && wire.inner.readyState === 1) return 0;
    return wire.inner.readyState;
  }

  get phase() {
    if (this.rests) return 'idle';
    if (this.#core.end) return 'closed';
    if (this.#closing) return 'closing';
    if (this.#heldEnd || this.answer?.failed) return 'waiting';
    if (this.wire === null) return 'resolving';
    if (!this.wire.opened) return 'opening';
    return this.#core.settings.handshake && !this.announced ? 'greeting' : 'up';
  }

  metrics() {
    const { attempts, opens, sent, bytes } = this.#messages;
    return { attempts, opens, messagesSent: sent, bytesSent: bytes, queuedMessages: this.queue.length };
  }

  /** The number that the next message gets. */
  get next() {
    return this.#next;
  }
}
