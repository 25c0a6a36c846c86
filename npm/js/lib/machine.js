// The machine by names. With wasm it talks in numbers alone: each name that crossed, and each object made there, would cost code on both
// sides. `npm/src/machine` has the same numbers.
import { Machine as Numbers } from '#wasm/glue';

/** The settings of `settings.js` that are numbers, flags or times, in the order in which they are read. */
const FIELDS =
  'maxRetries maxElapsedMs resolveTimeoutMs handshake handshakeTimeoutMs stableAfterMs closeTimeoutMs hintLimitMs endpoints maxMessages maxBytes overflow requeue highBytes lowBytes heartbeat ping intervalMs timeoutMs jitterMs maxAgeMs maxAgeSpreadMs renewBeforeMs probe afterFailures everyMs closeHiddenAfterMs suspendCode wakeSpreadMs offlineDelayMs delayMs spreadMs baseMs factor capMs'.split(
    ' ',
  );
const OVERFLOWS = ['reject', 'drop-oldest', 'drop-newest'];
const ACTIONS = ['never', 'now', 'wide', 'backoff'];
const VERDICTS = ['connect', 'refresh', 'stop'];
const PAGES = ['online', 'offline', 'visible', 'hidden', 'frozen', 'resumed'];
const PHASES = ['idle', 'waiting', 'probing', 'resolving', 'opening', 'greeting', 'up', 'closing', 'suspended', 'closed'];
const FATES = ['queued', 'handed-over', 'dropped', 'expired', 'failed', 'unknown'];

/** From the first of them on they come with a time, then with a close. */
const ENDINGS = ['resolve-failed', 'resolve-timed-out', 'probed', 'rejected', 'handshake-failed', 'handshake-timed-out', 'reconnect', 'suspended', 'connect-timed-out', 'dead', 'connect-failed', 'closed'];
const WITH_TIME = 8;
const WITH_CLOSE = 10;

const GAVE_UP = ['close-policy', 'retries', 'elapsed', 'provider', 'probe', 'rejected'];
const GAVE_UP_WITH = ['code', 'retries', 'ms', '', 'status'];

const COUNTS =
  'roundTripMs shortestRoundTripMs connectedMs attempts opens replaced dead messagesSent bytesSent messagesReceived bytesReceived dropped expired failed unknown'.split(
    ' ',
  );

/** The host's methods, by the numbers of the outputs. */
const OUTPUTS = ['resolve', 'cancel', 'probe', 'open', 'greet', 'ping', 'askBuffered', 'closeWire', 'abort'];

const optional = (number) => (Number.isNaN(number) ? undefined : number);

/** A list with its length before it. */
const list = (numbers) => (numbers === undefined ? [NaN] : [numbers.length, ...numbers]);

function flat(settings) {
  const fields = { ...settings, overflow: OVERFLOWS.indexOf(settings.overflow) };
  const rules = (settings.codes ?? []).flatMap(([first, last, action]) => [first, last, ACTIONS.indexOf(action)]);
  return Float64Array.from([
    ...FIELDS.map((name) => fields[name]),
    settings.delay !== undefined,
    settings.decide !== undefined,
    ...list(settings.connectTimeoutMs),
    ...list(settings.delaysMs),
    ...rules,
  ]);
}

export class Machine {
  #numbers;
  #host;
  #reason;

  constructor(settings, seed) {
    const { delay, decide, suspendReason = '' } = settings;
    const policies = { delay, decide: (...close) => ACTIONS.indexOf(decide(...close)) };
    this.#numbers = new Numbers(flat(settings), suspendReason, policies, seed);
  }

  /** Carries out the next output by a method of `host`; `false` if there is none. */
  next(host) {
    this.#host = host;
    return this.#numbers.next(this);
  }

  // Called by the machine, from within `next`.

  reason(text) {
    this.#reason = text;
  }

  handOver(...message) {
    this.#host.handOver(...message);
  }

  output(kind, a, b, c, d, e, f) {
    const host = this.#host;
    if (kind === 0) host.resolve(a, b, c, this.#ending(d, e, f));
    else if (kind < 7) host[OUTPUTS[kind]](a, b);
    else if (kind < 9) host[OUTPUTS[kind]](a, optional(b), Number.isNaN(b) ? undefined : this.#reason);
    else if (kind === 9) host.tell('statechange', { phase: PHASES[a] });
    else if (kind === 10) host.tell('connecting', { attempt: a, endpoint: b });
    else if (kind === 11) host.tell('open', { id: a, endpoint: b, replaced: c === 1 });
    else if (kind === 12) host.tell('error', {});
    else if (kind === 13) host.tell('close', { close: this.#close(a, b), retrying: c === 1 });
    else if (kind === 14) host.tell('retry', { delayMs: a, attempt: b, cause: this.#ending(c, d, e) });
    else if (kind === 15) host.tell('replacefailed', { cause: this.#ending(b, c, d), delayMs: optional(a) });
    else if (kind === 16) host.tell('gaveup', { why: { kind: GAVE_UP[a], ...(Number.isNaN(b) ? {} : { [GAVE_UP_WITH[a]]: b }) } });
    else if (kind === 17) host.tell('fate', { first: a, last: b, fate: FATES[c], messages: d, bytes: e });
  }

  #close(code, wasClean) {
    return { code, reason: this.#reason, wasClean: wasClean === 1 };
  }

  #ending(at, more, wasClean) {
    const kind = ENDINGS[at];
    if (at >= WITH_CLOSE) return { kind, close: this.#close(more, wasClean) };
    if (at >= WITH_TIME) return { kind, ms: more };
    return kind && { kind };
  }

  /** One of the calls of `call` in Rust. */
  #call(what, now = 0, id = 0, a = NaN, b = NaN) {
    return this.#numbers.call(what, +now, +id, +a, +b);
  }

  opened(now, id) {
    this.#call(0, now, id);
  }

  failed(now, id) {
    this.#call(1, now, id);
  }

  announced(now, id) {
    this.#call(2, now, id);
  }

  received(now, id, bytes, reply) {
    this.#call(3, now, id, bytes, reply);
  }

  buffered(now, id, bytes) {
    this.#call(4, now, id, bytes);
  }

  /** `validFor`: for how many milliseconds the answer may be used again. */
  resolved(now, id, validFor) {
    this.#call(5, now, id, validFor);
  }

  unresolved(now, id, stop) {
    this.#call(6, now, id, stop);
  }

  rejected(now, id, forGood) {
    this.#call(7, now, id, forGood);
  }

  greeted(now, id, accepted) {
    this.#call(8, now, id, accepted);
  }

  /** `connect`, `refresh`, `wait`, `stop`. `number` is the wait in milliseconds, or the HTTP status. */
  probed(now, id, verdict, number) {
    const at = VERDICTS.indexOf(verdict);
    this.#call(9, now, id, at < 0 ? VERDICTS.length : at, number);
  }

  page(now, what) {
    this.#call(10, now, 0, PAGES.indexOf(what));
  }

  connect(now) {
    this.#call(11, now);
  }

  reconnect(now) {
    this.#call(12, now);
  }

  replace(now) {
    return this.#call(13, now) === 1;
  }

  drain(now) {
    return this.#call(14, now) === 1;
  }

  timeout(now) {
    this.#call(15, now);
  }

  /** When `timeout` is due; infinite if it is not. */
  nextTimeout() {
    return this.#call(16);
  }

  /** Whether a message may go straight to the carrier: its number, or -1: queue, -2: ask. */
  pass(bytes, urgent) {
    return this.#call(17, 0, 0, bytes, urgent);
  }

  measured(id, message, more) {
    this.#call(18, 0, id, message, more);
  }

  withdraw(id, message, bytes) {
    this.#call(19, 0, id, message, bytes);
  }

  notSent(id, message, bytes) {
    this.#call(20, 0, id, message, bytes);
  }

  stall(now, id) {
    this.#call(21, now, id);
  }

  /** Where a message belongs that this transport has received: 0 to the application, 1 to its handshake, 2 nowhere. */
  route(id) {
    return this.#call(22, 0, id);
  }

  queuedMessages() {
    return this.#call(23);
  }

  queuedBytes() {
    return this.#call(24);
  }

  /** `queued`, `handed-over`, or nothing: it has met another end. */
  fateOf(message) {
    return FATES[this.#call(25, 0, 0, message)];
  }

  /** Code and reason were checked; without a code there are none. */
  close(now, code, reason) {
    this.#numbers.end(now, -1, code ?? 0, reason, false, 0);
  }

  closed(now, id, code, reason, wasClean, buffered) {
    this.#numbers.end(now, id, code, reason, wasClean, buffered);
  }

  /** The message's number, or a negative one: not accepted. */
  send(now, value, bytes, ttl) {
    return this.#numbers.send(now, value, bytes, ttl ?? NaN, false);
  }

  sendNow(now, value, bytes) {
    return this.#numbers.send(now, value, bytes, NaN, true);
  }

  putBack(id, message, value, bytes, expires) {
    this.#numbers.putBack(id, message, value, bytes, expires);
  }

  metrics(now) {
    const numbers = this.#numbers.metrics(now);
    const metrics = Object.fromEntries(COUNTS.map((name, at) => [name, optional(numbers[at])]));
    metrics.closes = {};
    for (let at = COUNTS.length; at < numbers.length; at += 2) metrics.closes[numbers[at]] = numbers[at + 1];
    return metrics;
  }
}
