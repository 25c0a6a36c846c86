// What the machine wants done: it calls these methods. Attempts, and the connections that they lead to.
import { asked } from './errors.js';
import { Greetings } from './greeting.js';
import { BUFFERED, GREETED, OPENED, optional, PROBED, REJECTED, RESOLVED, UNRESOLVED } from './machine.js';
import { askProbe } from './probing.js';
import { STOP } from './target.js';

const PHASES = ['idle', 'waiting', 'probing', 'resolving', 'opening', 'greeting', 'up', 'closing', 'suspended', 'closed'];
export const FATES = ['queued', 'handed-over', 'dropped', 'expired', 'failed', 'unknown'];

/** From the first of them on they come with a time, then with a close. */
const ENDINGS = ['resolve-failed', 'resolve-timed-out', 'probed', 'rejected', 'handshake-failed', 'handshake-timed-out', 'reconnect', 'suspended', 'connect-timed-out', 'dead', 'connect-failed', 'closed'];
const WITH_TIME = 8;
const WITH_CLOSE = 10;

const GAVE_UP = ['close-policy', 'retries', 'elapsed', 'provider', 'probe', 'rejected'];
const GAVE_UP_WITH = ['code', 'retries', 'ms', '', 'status'];

export class Host {
  wires = new Map();
  greetings;
  /** The plain socket that is taken over. */
  adopting = null;
  /** Code and reason of the application's, in the place of the machine's. */
  closeWith = null;
  /** The reason of the close that the next output is about. */
  reason = '';
  #pilot;
  /** What was resolved last for each endpoint. */
  #targets = [];
  /** The probes that run. */
  #probes = new Map();
  /** From the machine's endpoints to ours. */
  #rotation = 0;

  constructor(pilot) {
    this.#pilot = pilot;
    this.greetings = new Greetings(pilot.core);
  }

  /** What the machine wants or tells, by its number in `output.rs`. */
  output(kind, a, b, c, d, e, f) {
    const pilot = this.#pilot;
    const wire = this.wires.get(a);
    const tell = (type, detail) => pilot.core.tell(type, detail);
    switch (kind) {
      case 0:
        return this.#resolve(a, this.#ours(b), { retry: c, last: this.#ending(d, e, f) });
      case 1:
        return this.#cancel(a);
      case 2:
        return this.#probe(a, this.#ours(b));
      case 3:
        return this.#open(a, this.#ours(b));
      case 4:
        return this.#greet(wire);
      case 5:
        return this.#ping(wire);
      case 6:
        return wire && pilot.after(BUFFERED, a, wire.inner.bufferedAmount);
      case 7:
        return wire?.close(this.closeWith?.code ?? optional(b), this.closeWith?.reason ?? this.#reason(b));
      case 8:
        return wire && this.#abort(wire, optional(b), this.#reason(b));
      case 9:
        return pilot.enter(PHASES[a]);
      case 10:
        pilot.core.retryCount = a;
        return this.adopting?.wire?.opened || tell('connecting', { attempt: a, endpoint: this.#ours(b) });
      case 11:
        return pilot.tellOpen(wire);
      case 12:
        return pilot.tellError();
      case 13:
        return pilot.tellClose(this.#close(a, b), c === 1);
      case 14:
        return tell('retry', { delayMs: a, attempt: b, cause: this.#ending(c, d, e) });
      case 15:
        return tell('replacefailed', { cause: this.#ending(b, c, d), delayMs: optional(a) });
      case 16:
        return tell('gaveup', { why: { kind: GAVE_UP[a], ...(Number.isNaN(b) ? {} : { [GAVE_UP_WITH[a]]: b }) } });
      case 17:
        return pilot.sending.tellFate(a, b, FATES[c], d, e);
    }
  }

  #reason(code) {
    return Number.isNaN(code) ? undefined : this.reason;
  }

  #close(code, wasClean) {
    return { code, reason: this.reason, wasClean: wasClean === 1 };
  }

  #ending(at, more, wasClean) {
    const kind = ENDINGS[at];
    if (at >= WITH_CLOSE) return { kind, close: this.#close(more, wasClean) };
    if (at >= WITH_TIME) return { kind, ms: more };
    return kind && { kind };
  }

  /** Which of our endpoints the machine means. */
  #ours(endpoint) {
    const { core } = this.#pilot;
    const count = core.settings.endpoints.length;
    // The first that it is asked for is the one that the plain socket has begun with.
    this.#rotation ??= core.first - endpoint + count;
    return (endpoint + this.#rotation) % count;
  }

  #resolve(id, at, attempt) {
    const pilot = this.#pilot;
    const answer = this.adopting?.answer;
    const failed = () => pilot.after(UNRESOLVED, id, false);
    const resolved = (target) => {
      if (target === STOP) return pilot.after(UNRESOLVED, id, true);
      this.#targets[at] = target;
      return pilot.after(RESOLVED, id, target.validFor);
    };
    if (answer?.failed) return failed();
    let target = answer?.later ?? answer?.target;
    try {
      target ??= pilot.core.resolve(at, attempt);
    } catch {
      return failed();
    }
    return typeof target?.then === 'function' ? target.then(resolved, failed) : resolved(target);
  }

  /** The machine is lost: all connections end but the one that can go on without it, which this gives. */
  leave() {
    const pilot = this.#pilot;
    const wires = [...this.wires.values()];
    // One that is still being opened will do, where there is no other.
    const heir = this.adopting ? this.adopting.wire : pilot.carrier ?? wires.find(({ opened, closed }) => !opened && !closed) ?? null;
    for (const wire of wires) if (wire !== heir) this.#abort(wire);
    return heir;
  }

  #cancel(id) {
    this.#probes.get(id)?.abort();
    this.#probes.delete(id);
  }

  #probe(id, at) {
    const controller = new AbortController();
    const { signal } = controller;
    this.#probes.set(id, controller);
    askProbe(this.#pilot.core.settings.probe, this.#targets[at]?.url, signal).then((verdict) => {
      this.#probes.delete(id);
      if (!signal.aborted) this.#pilot.order(PROBED, id, ...verdict);
    });
  }

  #open(id, at) {
    const pilot = this.#pilot;
    const plain = this.adopting;
    let wire = plain?.wire ?? null;
    if (wire === null) {
      try {
        if (plain?.answer?.target) throw new Error('it was tried');
        wire = pilot.core.connect(this.#targets[at]);
      } catch {
        pilot.after(REJECTED, id, pilot.core.isFixed(at));
        return;
      }
    }
    wire.id = id;
    this.wires.set(id, wire);
    if (pilot.carrier === null) pilot.core.show(wire);
    if (wire.opened) pilot.after(OPENED, id);
    if (wire.closed) pilot.after(() => pilot.onClose(wire));
  }

  #greet(wire) {
    const held = wire.held ?? [];
    wire.held = null;
    this.greetings.run(wire, held).then((accepted) => {
      if (!wire.closed) this.#pilot.order(GREETED, wire.id, accepted);
    });
  }

  handOver(id, ...message) {
    this.#pilot.sending.handOver(this.wires.get(id), id, ...message);
  }

  #ping(wire) {
    const { message } = this.#pilot.core.settings.heartbeat;
    const data = typeof message === 'function' ? asked(message) : message;
    // One that is not OPEN any more is one whose close event is on the way.
    if (wire?.inner.readyState === 1 && data !== undefined) asked(() => wire.inner.send(data));
  }

  #abort(wire, code, reason) {
    this.wires.delete(wire.id);
    this.greetings.end(wire);
    this.#pilot.endWire(wire);
    wire.close(code, reason);
  }
}
