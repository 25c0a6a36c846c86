// A socket with the machine in charge: what the browser tells goes into the machine, and what the machine wants is done. Messages stay
// in JavaScript: the machine gets handles and sizes.
import { closeEvent, notice } from './events.js';
import { Clock } from './clock.js';
import { asked } from './errors.js';
import { Host } from './host.js';
import { ANNOUNCED, BUFFERED, CONNECT, DRAIN, FAILED, NEXT_TIMEOUT, OPENED, PAGE, QUEUED_BYTES, QUEUED_MESSAGES, RECEIVED, RECONNECT, REPLACE, ROUTE, TIMEOUT, Machine } from './machine.js';
import { watchPage } from './page.js';
import { Sending } from './sending.js';

/** What `readyState` is in each phase. */
const READY_STATES = { idle: 3, up: 1, closing: 2, closed: 3 };

/** The longest time that a browser's timer counts. */
const LONGEST = 2_147_483_647;

export class Managed {
  core;
  machine;
  clock = new Clock();
  /** The connection that carries. */
  carrier = null;
  managed = true;
  phase = 'idle';
  sending;
  #host;
  #timer = undefined;
  #timerAt = Infinity;
  #stopWatching = null;
  /** What was asked for while the machine was at work. */
  #orders = [];
  #working = false;
  #running = false;
  /** The browser's event that listeners are seeing, until then what follows waits. */
  #native = null;
  #paused = null;
  /** Whether `close` was called, and the end is not there yet. */
  #closing = false;
  #lost = false;
  /** What the heartbeat has not been told of the last message: it needs to know when it looks. */
  #heard = null;

  constructor(core, wasm) {
    this.core = core;
    this.machine = new Machine(wasm, core.settings.machine, Math.floor(Math.random() * 2 ** 53));
    this.#host = new Host(this);
    this.sending = new Sending(this);
  }

  /** Takes over from a plain socket, with its connection, its queue and all. */
  adopt(plain) {
    this.#host.adopting = plain;
    this.order(CONNECT);
    this.sending.inherit(plain);
    this.#host.adopting = null;
    // It has stayed in charge, if the machine was lost over that.
    if (this.#lost) return;
    plain.queue = [];
    this.run();
    const before = plain.phase;
    if (before !== this.phase) this.#tellPhase(before);
    this.#watch();
    this.redirect();
  }

  /**
   * Changes the machine, and does what it wants then. If the machine is at work, it is done right after that. A change is a number of the
   * machine's with what belongs to it, or a function that is given the machine and the time.
   */
  order(...change) {
    if (this.#lost) return undefined;
    if (this.#working) {
      this.#orders.push(change);
      return undefined;
    }
    const result = this.work(...change);
    this.run();
    return result;
  }

  /** Changes the machine, and leaves what it wants. Not while it is at work. */
  work(change, id, a, b) {
    this.#working = true;
    try {
      if (this.#heard) this.machine.call(RECEIVED, ...this.#heard);
      this.#heard = null;
      return this.#make(change, this.clock.now(), id, a, b);
    } catch (error) {
      this.lose(error);
      return undefined;
    } finally {
      this.#working = false;
    }
  }

  /** In its turn where outputs are being carried out, at once otherwise. */
  after(...change) {
    if (this.#running) this.#orders.push(change);
    else this.order(...change);
  }

  get isAtWork() {
    return this.#working || this.#lost;
  }

  /** Carries out what the machine wants, unless that is going on already, or waits for listeners. */
  run() {
    if (this.#running) return;
    this.#running = true;
    try {
      while (this.#paused === null && !this.#lost) {
        if (this.machine.next(this.#host)) continue;
        const order = this.#orders.shift();
        if (order === undefined) break;
        this.work(...order);
      }
    } catch (error) {
      this.lose(error);
    } finally {
      this.#running = false;
    }
    this.#arm();
  }

  /** Asks the machine something that changes nothing; `undefined` where it can't say. */
  ask(what, id, a, b) {
    try {
      return this.#make(what, 0, id, a, b);
    } catch (error) {
      return this.lose(error);
    }
  }

  #make(change, now, id, a, b) {
    return typeof change === 'function' ? change(this.machine, now) : this.machine.call(change, now, id, a, b);
  }

  /** After a trap the machine's instance can't be used any more. */
  lose(error) {
    if (!(error instanceof WebAssembly.RuntimeError)) {
      // One of our own, or of a class that took the browser's place.
      reportError(error);
      return;
    }
    if (this.#lost) return;
    this.#lost = true;
    this.#rest();
    this.core.loseMachine(error, this.#host.adopting, this.#host.leave(), this.sending);
  }

  #arm() {
    const at = this.#lost ? Infinity : (this.ask(NEXT_TIMEOUT) ?? Infinity);
    if (at === this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    if (at === Infinity) return;
    // Rounded up, so that it does not fire early. One that was cut short is armed again.
    const wait = Math.min(Math.max(Math.ceil(at - this.clock.now()), 0), LONGEST);
    this.#timer = setTimeout(() => {
      this.#timerAt = Infinity;
      this.#tellBuffered();
      this.order(TIMEOUT);
    }, wait);
  }

  #watch() {
    if (!this.core.settings.watchPage || this.#stopWatching || this.core.end) return;
    // Told of what is the case already before there is anything to stop.
    this.#stopWatching = () => {};
    this.#stopWatching = watchPage((what) => {
      this.#tellBuffered();
      this.order(PAGE, 0, what);
    });
    if (this.core.end) this.#rest();
  }

  /** What is still buffered matters for what is queued again: the machine may be about to give the connection up. */
  #tellBuffered() {
    const { carrier } = this;
    if (!this.core.settings.machine.requeue || carrier === null) return;
    this.order(BUFFERED, carrier.id, carrier.inner.bufferedAmount);
  }

  #rest() {
    clearTimeout(this.#timer);
    this.#timerAt = Infinity;
    this.#stopWatching?.();
    this.#stopWatching = null;
  }

  // What the connections tell. Each says whether the listeners are to see the event now.

  onOpen(wire) {
    const show = this.#ask(wire, 'open', OPENED, wire.id);
    return this.#heir?.onOpen(wire) ?? show;
  }

  onError(wire) {
    const show = this.#ask(wire, 'error', FAILED, wire.id);
    return this.#heir?.onError(wire) ?? show;
  }

  onClose(wire) {
    const buffered = wire.inner.bufferedAmount ?? 0;
    this.#host.wires.delete(wire.id);
    this.#host.greetings.end(wire);
    const show = this.#ask(wire, 'close', (machine, now) => machine.end(now, wire.id, wire.closed, buffered));
    if (this.#lost) return this.#heir.onClose(wire);
    if (!show) this.endWire(wire);
    return show;
  }

  #ask(wire, type, ...change) {
    const native = { wire, type, show: false, seen: this.core.shown === wire };
    this.#native = native;
    this.order(...change);
    this.#native = null;
    return native.show;
  }

  /** Who is in charge now: not this one, once its machine is lost. */
  get #heir() {
    return this.#lost ? this.core.pilot : null;
  }

  /** The listeners have seen it. */
  shown(wire, type) {
    if (type === 'close') {
      this.endWire(wire);
      if (this.core.end) this.core.finish(this.core.end);
    }
    if (this.#paused === null) return;
    this.#paused = null;
    if (type === 'open') this.#announce(wire);
    this.run();
  }

  onMessage(wire, data) {
    const { core } = this;
    const where = this.ask(ROUTE, wire.id);
    if (this.#lost) return this.#heir.onMessage(wire, data);
    if (where === 2) return false;
    core.count(data);
    if (where === 1) {
      this.order(RECEIVED, wire.id, 0, false);
      this.#host.greetings.receive(wire, data);
      return false;
    }
    const { heartbeat, isDrain } = core.settings;
    if (heartbeat) {
      if (asked(heartbeat.isReply, data)) {
        this.order(RECEIVED, wire.id, 0, true);
        return false;
      }
      this.#heard = [this.clock.now(), wire.id, 0, false];
    }
    if (asked(isDrain, data)) this.order(DRAIN);
    return core.take(data);
  }

  // What the machine tells.

  enter(phase) {
    const previous = this.phase;
    this.phase = phase;
    if (!this.#host.adopting) this.#tellPhase(previous);
  }

  #tellPhase(previous) {
    this.core.settings.log?.('statechange', { phase: this.phase });
    this.core.dispatch(notice('statechange', { phase: this.phase, previous }));
  }

  tellOpen(wire) {
    const { core } = this;
    this.carrier = wire;
    core.url = wire.inner.url ?? core.url;
    if (this.#host.adopting?.announced) {
      this.#announce(wire);
      return;
    }
    core.show(wire);
    if (this.#showNative('open')) return;
    core.settings.log?.('open');
    core.dispatch(new Event('open'));
    this.#announce(wire);
    for (const data of this.#host.greetings.rest(wire)) core.deliver(data);
  }

  #announce({ id }) {
    this.core.isOpen();
    this.redirect();
    this.#orders.push([ANNOUNCED, id]);
  }

  tellError() {
    if (!this.#showNative('error')) this.core.dispatch(new Event('error'));
  }

  tellClose(close, retrying) {
    const { core } = this;
    this.carrier = null;
    this.#closing = false;
    if (!retrying) {
      this.#rest();
      core.end = close;
    }
    if (this.#showNative('close')) return;
    if (!retrying) {
      core.conclude(close);
      return;
    }
    core.settings.log?.('close', close);
    core.dispatch(closeEvent(close));
  }

  /** Lets the browser's own event through to the listeners, if it is the one. What follows waits until they have seen it. */
  #showNative(type) {
    const native = this.#native;
    if (native === null || native.type !== type || !native.seen || native.wire !== this.core.shown) return false;
    this.core.settings.log?.(type, native.wire.closed ?? {});
    native.show = true;
    this.#paused = native.wire;
    return true;
  }

  /** Nothing more is heard of it. */
  endWire(wire) {
    if (this.core.shown === wire) this.core.listeners.detach();
    if (this.carrier === wire) this.carrier = null;
    wire.end();
  }

  // What the application wants.

  send(data, options) {
    return this.sending.send(data, options);
  }

  close(code, reason) {
    const { shown, settings } = this.core;
    // Without retries nothing waits in the outbox: the browser's own state, at once, also in the midst of an event.
    if (!settings.comesBack && shown && !shown.closed) shown.close(code, reason);
    this.#closing = this.readyState < 2;
    this.order((machine, now) => machine.end(now, -1, { code, reason }));
    this.#heir?.close(code, reason);
  }

  reconnect(code, reason) {
    this.#closing = false;
    this.#host.closeWith = { code, reason };
    this.order(RECONNECT);
    this.#host.closeWith = null;
    if (this.#lost) this.core.reconnect(code, reason);
    else this.#watch();
  }

  replace() {
    return this.order(REPLACE) === 1;
  }

  fateOf(id) {
    return this.sending.fateOf(id);
  }

  /** Who looks at messages has changed. */
  redirect() {
    const { heartbeat, isDrain } = this.core.settings;
    const direct = this.core.isDirect() && !heartbeat && !isDrain;
    for (const wire of this.#host.wires.values()) wire.direct = direct && wire === this.carrier;
  }

  wires() {
    return [...this.#host.wires.values()];
  }

  get wire() {
    return this.core.shown;
  }

  get readyState() {
    const wire = this.core.shown;
    if (this.#closing) return 2;
    // Without retries it is the browser's, whose error event already has CLOSED.
    if (!this.core.settings.comesBack && wire !== null && !this.core.end) return wire.inner.readyState;
    return READY_STATES[this.phase] ?? 0;
  }

  get queuedBytes() {
    return this.ask(QUEUED_BYTES) ?? 0;
  }

  metrics() {
    const queuedMessages = this.ask(QUEUED_MESSAGES);
    return { ...this.ask((machine) => machine.metrics(this.clock.now())), queuedMessages };
  }
}
