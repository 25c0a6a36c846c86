// Sending with the machine: straight to the browser where that keeps the order, otherwise by way of the outbox.
import { byteLength, snapshot, utf8Length } from './bytes.js';
import { connecting, full, notNow, tooLarge } from './errors.js';
import { FATES } from './host.js';
import { BUFFERED, FATE_OF, MEASURED, NOT_SENT, PASS, QUEUED_MESSAGES, STALL, WITHDRAW } from './machine.js';

/** The machine's answers to `pass` and `send`; others are numbers of messages. */
const ASK = -2;
const FULL = -2;

/** Up to here text is counted unit by unit; beyond, what the browser buffers says how many bytes it has. */
const SHORT = 64;

/** Until when a message may wait, on the wall clock. */
const untilOf = (ttlMs) => (ttlMs === undefined ? Infinity : Date.now() + ttlMs);

export class Sending {
  /** Messages from before the machine came have numbers of their own: from which number of the machine's on, how much is added. */
  #offsets = [[0, 0]];
  #pilot;
  /** What waits in the machine's outbox, by its number there: `{ value, bytes, until }`. The machine may be lost. */
  #queued = new Map();
  /** The last number that the machine has given. */
  #last = -1;

  constructor(pilot) {
    this.#pilot = pilot;
  }

  /** Sends what a plain socket has accepted, in its order. */
  inherit(plain) {
    const pilot = this.#pilot;
    const { core } = pilot;
    let next = 0;
    const under = (id) => {
      const last = this.#offsets.at(-1);
      if (id - next !== last[1]) this.#offsets.push([next, id - next]);
    };
    for (const { id, bytes } of plain.sent.splice(0)) {
      under(id);
      // It has gone already, whatever the browser has buffered: as what is urgent, it waits for nothing.
      const given = this.#given(pilot.work(PASS, 0, bytes, true));
      if (core.pilot !== pilot) return;
      if (given >= 0) next += 1;
      // With a connection that has ended there is nobody to take it into account.
      else core.tellOne(id, 'unknown', bytes);
    }
    const wallClock = Date.now();
    for (const { id, value, bytes, until } of plain.queue) {
      under(id);
      const ttl = until === Infinity ? undefined : Math.max(until - wallClock, 0);
      this.#keep(pilot.work((machine, now) => machine.send(now, value, bytes, ttl)), value, bytes, until);
      next += 1;
    }
    under(plain.next);
  }

  /** A number of the machine's, or a negative one. */
  #given(id) {
    if (id >= 0) this.#last = id;
    return id;
  }

  #keep(id, value, bytes, until) {
    if (this.#given(id) >= 0) this.#queued.set(id, { value, bytes, until });
  }

  /** What waits, as a plain socket has it. */
  waiting() {
    return [...this.#queued].map(([id, entry]) => ({ id: this.#known(id), ...entry }));
  }

  /** The number that the application would know the next message by. */
  get next() {
    return this.#known(this.#last + 1);
  }

  /** From a number of the machine's to the one that the application knows. */
  #known(id) {
    const { length } = this.#offsets;
    if (length === 1) return id + this.#offsets[0][1];
    return id + this.#offsets.findLast(([from]) => from <= id)[1];
  }

  send(data, { ttlMs, now: urgent = false } = {}) {
    const pilot = this.#pilot;
    const wire = pilot.carrier;
    if (wire !== null && !pilot.isAtWork && wire.inner.readyState === 1) {
      const text = typeof data === 'string';
      const short = text && data.length <= SHORT;
      const bytes = short ? utf8Length(data) : text ? data.length : data?.byteLength ?? data?.size;
      if (typeof bytes === 'number') {
        const id = this.#pass(wire, data, bytes, text && !short, urgent);
        if (id >= 0) return [this.#known(id), 'handed-over'];
      }
    }
    // The machine is lost: another pilot is in charge.
    if (pilot.core.pilot !== pilot) return pilot.core.pilot.send(data, { ttlMs, now: urgent });
    return this.#queue(data, ttlMs, urgent);
  }

  /** Hands over at once, if nothing waits; a negative number if it has to be queued. */
  #pass(wire, data, bytes, measure, urgent) {
    const pilot = this.#pilot;
    let id = pilot.ask(PASS, 0, bytes, urgent);
    if (id === ASK) {
      pilot.order(BUFFERED, wire.id, wire.inner.bufferedAmount);
      id = pilot.ask(PASS, 0, bytes, urgent);
    }
    if (!(id >= 0)) return id;
    this.#last = id;
    const { inner } = wire;
    const before = measure ? inner.bufferedAmount : 0;
    try {
      inner.send(data);
    } catch (error) {
      pilot.work(WITHDRAW, wire.id, id, bytes);
      throw error;
    }
    if (measure) {
      const more = inner.bufferedAmount - before - bytes;
      if (more > 0) pilot.work(MEASURED, wire.id, id, more);
    }
    return id;
  }

  #queue(data, ttlMs, urgent) {
    const pilot = this.#pilot;
    const { core } = pilot;
    if (!core.settings.comesBack && pilot.readyState === 0) {
      throw connecting();
    }
    const value = snapshot(data);
    const bytes = byteLength(value);
    if (pilot.isAtWork) {
      // Asked by a function of the application's that the machine waits for.
      pilot.order((machine, now) => {
        const id = machine.send(now, value, bytes, ttlMs);
        this.#keep(id, value, bytes, untilOf(ttlMs));
        if (id < 0) core.tellOne(-1, 'failed', bytes);
      });
      return [undefined, 'queued'];
    }
    const { carrier } = pilot;
    const stalled = carrier !== null && carrier.inner.readyState !== 1 && pilot.phase === 'up';
    if (stalled) pilot.work(STALL, carrier.id);
    if (urgent) {
      const id = this.#given(pilot.order((machine, now) => machine.send(now, value, bytes, undefined, true)));
      if (core.pilot !== pilot) return core.pilot.send(value, { now: urgent });
      if (id >= 0) return [this.#known(id), 'handed-over'];
      throw notNow();
    }
    // Its fate may be told before this returns.
    const receipt = { id: undefined, fate: 'queued' };
    const id = pilot.work((machine, now) => machine.send(now, value, bytes, ttlMs));
    // The machine is lost: another pilot is in charge.
    if (core.pilot !== pilot) return core.pilot.send(value, { ttlMs });
    this.#keep(id, value, bytes, untilOf(ttlMs));
    if (id >= 0) {
      receipt.id = this.#known(id);
      this.#following = receipt;
      pilot.run();
      this.#following = null;
      // Lost over that: whoever is in charge has sent it, has it still, or has ended.
      if (core.pilot !== pilot) return [receipt.id, core.end ? 'failed' : core.pilot.fateOf(receipt.id) ?? 'handed-over'];
      return [receipt.id, receipt.fate];
    }
    if (id === FULL) {
      const { maxMessages, maxBytes } = core.settings.outbox;
      if (bytes > maxBytes) throw tooLarge(bytes, maxBytes);
      throw full(pilot.ask(QUEUED_MESSAGES), pilot.queuedBytes, maxMessages, maxBytes);
    }
    core.sink(value, core.shown);
    return [undefined, 'failed'];
  }

  #following = null;

  tellFate(from, to, fate, messages, bytes) {
    if (this.#queued.size > 0) for (let id = from; id <= to; id += 1) this.#queued.delete(id);
    const detail = { first: this.#known(from), last: this.#known(to), fate, messages, bytes };
    const following = this.#following;
    if (following && detail.first <= following.id && following.id <= detail.last) following.fate = fate;
    this.#pilot.core.tellFate(detail);
  }

  /** The machine hands over a message that has waited. */
  handOver(wire, id, message, value, bytes, expires) {
    const pilot = this.#pilot;
    const kept = this.#queued.get(message);
    this.#queued.delete(message);
    if (wire?.inner.readyState === 1) {
      try {
        wire.inner.send(value);
      } catch {
        pilot.work(NOT_SENT, id, message, bytes);
      }
      return;
    }
    // Its close event is on the way.
    pilot.work(STALL, id);
    pilot.work((machine) => machine.putBack(id, message, value, bytes, expires));
    if (kept) this.#queued.set(message, kept);
  }

  fateOf(id) {
    const own = this.#offsets.findLast(([from, more]) => from + more <= id);
    return own ? FATES[this.#pilot.ask(FATE_OF, 0, id - own[1])] : undefined;
  }
}
