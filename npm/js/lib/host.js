// What the machine wants done: it calls these methods. Attempts, and the connections that they lead to.
import { asked } from './errors.js';
import { Greetings } from './greeting.js';
import { askProbe } from './probing.js';
import { STOP } from './target.js';

export class Host {
  wires = new Map();
  greetings;
  /** The plain socket that is taken over. */
  adopting = null;
  /** Code and reason of the application's, in the place of the machine's. */
  closeWith = null;
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

  resolve(id, endpoint, attempt, last) {
    const { core } = this.#pilot;
    const count = core.settings.endpoints.length;
    const plain = this.adopting;
    if (plain) this.#rotation = core.first - endpoint + count;
    const at = this.ours(endpoint);
    const answer = plain?.answer;
    if (answer?.failed) {
      this.#pilot.after((machine, now) => machine.unresolved(now, id, false));
      return;
    }
    let target = answer?.later ?? answer?.target;
    try {
      target ??= core.resolve(at, { retry: attempt, last });
    } catch {
      this.#pilot.after((machine, now) => machine.unresolved(now, id, false));
      return;
    }
    if (typeof target?.then !== 'function') {
      this.#resolved(id, at, target);
      return;
    }
    target.then(
      (now) => this.#resolved(id, at, now),
      () => this.#pilot.order((machine, now) => machine.unresolved(now, id, false)),
    );
  }

  /** Which of our endpoints the machine means. */
  ours(endpoint) {
    return (endpoint + this.#rotation) % this.#pilot.core.settings.endpoints.length;
  }

  #resolved(id, at, target) {
    if (target === STOP) {
      this.#pilot.after((machine, now) => machine.unresolved(now, id, true));
      return;
    }
    this.#targets[at] = target;
    this.#pilot.after((machine, now) => machine.resolved(now, id, target.validFor));
  }

  cancel(id) {
    this.#probes.get(id)?.abort();
    this.#probes.delete(id);
  }

  probe(id, endpoint) {
    const controller = new AbortController();
    this.#probes.set(id, controller);
    const url = this.#targets[this.ours(endpoint)]?.url;
    askProbe(this.#pilot.core.settings.probe, url, controller.signal).then(({ verdict, number }) => {
      this.#probes.delete(id);
      if (!controller.signal.aborted) this.#pilot.order((machine, now) => machine.probed(now, id, verdict, number));
    });
  }

  open(id, endpoint) {
    const at = this.ours(endpoint);
    const plain = this.adopting;
    let wire = plain?.wire ?? null;
    if (wire === null) {
      try {
        if (plain?.answer?.target) throw new Error('it was tried');
        wire = this.#pilot.core.connect(this.#targets[at]);
      } catch {
        const forGood = this.#pilot.core.isFixed(at);
        this.#pilot.after((machine, now) => machine.rejected(now, id, forGood));
        return;
      }
    }
    wire.id = id;
    this.wires.set(id, wire);
    if (this.#pilot.carrier === null) this.#pilot.core.show(wire);
    if (wire.opened) this.#pilot.after((machine, now) => machine.opened(now, id));
    if (wire.closed) this.#pilot.after(() => this.#pilot.onClose(wire));
  }

  greet(id) {
    const wire = this.wires.get(id);
    const held = wire.held ?? [];
    wire.held = null;
    this.greetings.run(wire, held).then((accepted) => {
      if (!wire.closed) this.#pilot.order((machine, now) => machine.greeted(now, id, accepted));
    });
  }

  handOver(id, message, value, bytes, expires) {
    this.#pilot.sending.handOver(this.wires.get(id), id, message, value, bytes, expires);
  }

  ping(id) {
    const wire = this.wires.get(id);
    const { message } = this.#pilot.core.settings.heartbeat;
    const data = typeof message === 'function' ? asked(message) : message;
    // One that is not OPEN any more is one whose close event is on the way.
    if (wire?.inner.readyState === 1 && data !== undefined) asked(() => wire.inner.send(data));
  }

  askBuffered(id) {
    const wire = this.wires.get(id);
    if (wire) this.#pilot.after((machine, now) => machine.buffered(now, id, wire.inner.bufferedAmount));
  }

  closeWire(id, code, reason) {
    const { code: own = code, reason: why = reason } = this.closeWith ?? {};
    this.wires.get(id)?.close(own, why);
  }

  abort(id, code, reason) {
    const wire = this.wires.get(id);
    if (wire === undefined) return;
    this.wires.delete(id);
    this.greetings.end(wire);
    this.#pilot.endWire(wire);
    wire.close(code, reason);
  }

  tell(type, detail) {
    this.#pilot.tell(type, detail);
  }
}
