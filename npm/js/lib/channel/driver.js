// The loop of one channel: what the transports bring goes into the machine, and what the machine wants is done.
import { exception } from '../../../../src/transport/push/checks.js';
import { Memory } from '../../../../src/transport/push/memory.js';
import { Probe } from '../../../../src/browser/browser.js';
import { notice } from '../notice.js';
import { watchPage } from '../page.js';
import { ChannelError, causeOf } from './causes.js';
import { BYTES, CATCH_UP, CLOSE, CONNECT, FALL_BEHIND, KIND, MESSAGES, Machine, NEXT_TIMEOUT, NOT_MADE, PAGE, PHASE, PHASES, PROBED, RECONNECT, REPEATED, TIMEOUT, forget, load, now } from './machine.js';
import { Outgoing } from './outgoing.js';
import { Promises } from './promises.js';
import { KINDS } from './settings.js';
import { Wires } from './wires.js';

/** As long as what was remembered counts: a day, after which the network may well be another one. */
const LIFE = 86_400_000;

/** The longest time that a browser's timer counts. */
const LONGEST = 2_147_483_647;

const FATES = ['accepted', 'unknown', 'notsent'];

export class Driver {
  /** The last message that was delivered, as a position. */
  epoch;
  offset;
  outgoing;
  promises = new Promises();
  readers = new Set();
  #outer;
  #url;
  #settings;
  #machine = null;
  #wires = new Wires(this);
  #probe = null;
  #timer = undefined;
  #timerAt = Infinity;
  #stopWatching = null;
  #texts = [];
  #isRunning = false;
  /** How many readers are full. */
  #full = 0;
  /** Why it has ended, while it has. */
  #cause = null;
  #isInert;

  constructor(outer, url, settings, isInert) {
    this.#outer = outer;
    this.#url = url;
    this.#settings = settings;
    this.#isInert = isInert;
    this.outgoing = new Outgoing(settings);
    if (settings.startAt) ({ epoch: this.epoch, offset: this.offset } = settings.startAt);
    if (isInert) return;
    if (settings.signal?.aborted) this.close();
    else this.#load();
  }

  #load() {
    this.#watch();
    load().then(
      (wasm) => this.#begin(wasm),
      (error) => {
        if (!this.#cause && !this.#machine) this.#conclude({ kind: 'not-loaded', error }, 'notsent');
      },
    );
  }

  #begin(wasm) {
    if (this.#cause || this.#machine) return;
    const { remember, startAt } = this.#settings;
    const [name, at] = remember ? Memory.get(this.#key).split(' ') : [];
    const age = Memory.now() - Number(at);
    const remembered = age >= 0 && age < LIFE ? KINDS.indexOf(name) : -1;
    // One that takes the place of another goes on where that was.
    const start = this.epoch === undefined ? startAt : { epoch: this.epoch, offset: this.offset };
    this.#guarded(() => {
      this.#machine = new Machine(wasm, { ...this.#settings, startAt: start }, remembered < 0 ? undefined : remembered);
      this.outgoing.handTo(this.#machine);
    });
    this.#act(CONNECT);
  }

  get #key() {
    return `tautline:transport:${Memory.host(this.#url.href)}`;
  }

  /** Page, network and the application's signal. */
  #watch() {
    if (this.#stopWatching) return;
    const { signal } = this.#settings;
    const abort = () => this.close();
    signal?.addEventListener('abort', abort);
    const stop = watchPage((what) => this.#act(PAGE, what));
    this.#stopWatching = () => {
      signal?.removeEventListener('abort', abort);
      stop();
    };
  }

  #rest() {
    this.#stopWatching?.();
    this.#stopWatching = null;
    clearTimeout(this.#timer);
    this.#timerAt = Infinity;
  }

  // What the application wants.

  send(data) {
    if (this.#cause) throw exception('InvalidStateError', 'the channel is closed');
    const id = this.#guarded(() => this.outgoing.take(data, this.#machine));
    this.#run();
    return id;
  }

  close() {
    if (this.#cause || this.#isInert) return;
    if (this.#machine) {
      this.#guarded(() => this.#machine.call(CLOSE));
      // Not within the call: whoever makes it may still be about to listen.
      queueMicrotask(() => this.#run());
      return;
    }
    this.#cause = { kind: 'closed' };
    this.#rest();
    queueMicrotask(() => this.#conclude({ kind: 'closed' }, 'notsent'));
  }

  reconnect() {
    if (this.#isInert || this.#settings.signal?.aborted) return;
    const wasClosed = this.#cause !== null;
    this.#cause = null;
    if (this.#machine) {
      this.#act(RECONNECT);
      if (!this.#cause) this.#watch();
    } else if (wasClosed) {
      this.#load();
    }
  }

  get cause() {
    return this.#cause;
  }

  get phase() {
    if (this.#cause) return 'closed';
    if (this.#isInert) return 'idle';
    return this.#machine ? PHASES[this.#ask(PHASE)] : 'opening';
  }

  get kind() {
    return this.#machine ? KINDS[this.#ask(KIND)] : this.#settings.transports[0];
  }

  get unacknowledged() {
    if (this.#machine) return { messages: this.#ask(MESSAGES), bytes: this.#ask(BYTES) };
    return { messages: this.outgoing.count, bytes: this.outgoing.bytes };
  }

  get repeated() {
    return this.#machine ? this.#ask(REPEATED) : 0;
  }

  /** One more reader is full. */
  pause() {
    this.#full += 1;
    this.#act(FALL_BEHIND);
  }

  /** One less. */
  unpause() {
    this.#full -= 1;
    if (this.#full === 0) this.#act(CATCH_UP);
  }

  leave(reader) {
    this.readers.delete(reader);
  }

  // The machine.

  /** Asks what changes nothing. */
  #ask(what) {
    return this.#guarded(() => this.#machine.call(what));
  }

  /** Changes the machine, and does what it wants then. */
  #act(what, a, b) {
    if (this.#machine === null) return;
    this.#guarded(() => this.#machine.call(what, a, b));
    this.#run();
  }

  /** After a trap the module's instance can't be used any more. What the application gets to see passes through. */
  #guarded(run) {
    try {
      return run();
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError)) throw error;
      this.#crash();
      return undefined;
    }
  }

  #crash() {
    if (this.#machine === null) return;
    this.#machine = null;
    forget();
    this.#wires.abortAll();
    this.#probe?.abort();
    this.#conclude({ kind: 'crashed' }, 'unknown');
  }

  /** Carries out what the machine wants, unless that is going on already: then it is done there, in its turn. */
  #run() {
    if (this.#isRunning || this.#machine === null) return;
    this.#isRunning = true;
    try {
      this.#guarded(() => {
        while (this.#machine?.next(this));
      });
    } finally {
      this.#isRunning = false;
    }
    this.#arm();
  }

  #arm() {
    const at = this.#machine ? (this.#ask(NEXT_TIMEOUT) ?? Infinity) : Infinity;
    if (at === this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    if (at === Infinity) return;
    // Rounded up, so that it does not fire early. One that was cut short is armed again.
    this.#timer = setTimeout(() => {
      this.#timerAt = Infinity;
      this.#act(TIMEOUT);
    }, Math.min(Math.max(Math.ceil(at - now()), 0), LONGEST));
  }

  text(text) {
    this.#texts.push(text);
  }

  /** What the machine wants or tells, by its number in `output.rs`. */
  output(kind, a, b, c, d) {
    const texts = this.#texts;
    this.#texts = [];
    switch (kind) {
      case 0:
        return this.#open(a, b, { session: texts[0], begin: c === 1, ...(Number.isNaN(d) ? {} : { epoch: texts[1], after: d }) });
      case 1: {
        const frame = this.outgoing.frame(c, b);
        return frame !== undefined && this.#wires.send(a, frame);
      }
      case 2:
        return this.#wires.send(a, 'b0:');
      case 3:
        if (this.#probe?.id === a) this.#probe.abort();
        return this.#wires.abort(a);
      case 4:
        return this.#inquire(a);
      case 5:
        return this.#settings.remember && Memory.set(this.#key, `${KINDS[a]} ${Memory.now()}`);
      case 6:
        this.#cause = null;
        this.promises.open(KINDS[a]);
        return this.#tell('open', { kind: KINDS[a], recovered: b === 1 });
      case 7:
        return this.#missed({ kind: 'trimmed', from: a, to: b });
      case 8:
        return this.#missed({ kind: 'new-epoch', before: { epoch: texts[0], offset: a }, after: { epoch: texts[1], offset: b } });
      case 9:
        return this.#tell('moved', { from: KINDS[a], to: KINDS[b] });
      case 10:
        return this.#tell('lost', { cause: causeOf(a, b, c, d, texts[0]) });
      case 11:
        return this.#tell('retry', { delayMs: a, attempt: b });
      case 12:
        return this.#tell('steppeddown', { from: KINDS[a], to: KINDS[b] });
      case 13:
        return this.#tell('fate', this.outgoing.settle(a, b, FATES[c]));
      case 14:
        return this.#conclude(causeOf(a, b, c, d, texts[0]));
    }
  }

  #open(id, kind, options) {
    try {
      this.#wires.open(id, kind, this.#url.href, options, this.#settings);
    } catch {
      this.#machine.call(NOT_MADE, id);
    }
  }

  /** Asks over HTTP, by the URL of the channel itself. */
  #inquire(id) {
    const probe = new Probe(this.#url.href.replace(/^ws/, 'http'));
    this.#probe = { id, abort: () => probe.abort() };
    // A success of somebody else's, such as a page to sign in to a network, says nothing of the server.
    probe.answer().then(([status, , isChannel]) => this.#act(PROBED, id, status >= 200 && status < 300 && !isChannel ? 0 : status));
  }

  #tell(type, detail) {
    this.#outer.dispatchEvent(notice(type, detail));
  }

  #missed(gap) {
    this.#tell('missed', { gap });
    for (const reader of this.readers) reader.push({ type: 'missed', gap }, 0);
  }

  /** The end; with a fate for what there is where no machine says it. */
  #conclude(cause, fate) {
    const settled = fate && this.outgoing.giveUp(fate);
    // Unless it was told to begin again meanwhile.
    if (!this.#machine || this.#ask(PHASE) === PHASES.indexOf('closed')) {
      this.#cause = cause;
      this.#rest();
    }
    if (settled) this.#tell('fate', settled);
    for (const reader of [...this.readers]) reader.end();
    this.promises.close(cause, new ChannelError(cause));
    this.#tell('close', { cause });
  }

  // What the transports bring.

  /** A message, whose payload begins at this place. */
  message(id, offset, data, at) {
    if (!this.#guarded(() => this.#machine.message(id, offset))) {
      this.#run();
      return;
    }
    this.offset = offset;
    const payload = data.slice(at);
    const lastEventId = `${this.epoch}:${offset}`;
    this.#outer.dispatchEvent(new MessageEvent('message', { data: payload, lastEventId, origin: this.#url.origin }));
    for (const reader of this.readers) {
      reader.push({ type: 'message', data: payload, offset, lastEventId }, payload.length ?? payload.byteLength);
    }
  }

  frame(id, text, isBinary) {
    this.#guarded(() => {
      this.#machine.frame(id, text, isBinary);
      if (text[0] !== 'h') return;
      // A hello says where it goes on.
      const offset = this.#machine.position(this);
      const [epoch] = this.#texts.splice(0);
      if (epoch !== undefined) [this.epoch, this.offset] = [epoch, offset];
    });
    this.#run();
  }

  ended(id, { code, reason, wasClean }) {
    this.#guarded(() => this.#machine.ended(id, code, reason, wasClean));
    this.#run();
  }
}
