// The options of reconnecting-websocket 4 and partysocket 1, by their names and with their meaning.
import { count, flag, func, guarded, number, object, time, times } from './checked.js';

/** Those that say how to come back: with one of them, a server's 1000 is retried as it is there. */
const RETRYING = {
  minReconnectionDelay: time,
  maxReconnectionDelay: time,
  reconnectionDelayGrowFactor: number,
  minUptime: time,
  maxRetries: count,
  shouldReconnectOnClose: func,
};
export const COMPATIBLE = { ...RETRYING, maxEnqueuedMessages: count, debug: flag, debugLogger: func };

/** Those that say how long to wait. */
const WAITS = Object.keys(RETRYING).slice(0, 3);

export function compatible(machine, options) {
  const { minReconnectionDelay: own, maxReconnectionDelay: most = 10_000, reconnectionDelayGrowFactor: factor = 1.3 } = options;
  const has = (names) => names.some((name) => options[name] !== undefined);
  if (has(Object.keys(RETRYING))) machine.codes = [[0, 65_535, 'backoff']];
  // Drawn for each wait, and not once for a page.
  if (has(WAITS)) machine.delay = (retry, random) => Math.min(most, (own ?? 1000 + 4000 * random) * factor ** retry);
  machine.stableAfterMs = options.minUptime;
  machine.maxRetries = options.maxRetries;
  machine.maxMessages = options.maxEnqueuedMessages;
  if (machine.maxMessages !== undefined) machine.overflow = 'drop-newest';
  const should = options.shouldReconnectOnClose;
  if (should) {
    machine.decide = guarded((code, reason, wasClean) => (should({ code, reason, wasClean }) ? 'backoff' : 'never'), 'backoff');
  }
}

const both = (name, value) => time(name, value ?? NaN);
export const FIXED = { delayMs: both, spreadMs: both };
export const EXPONENTIAL = { baseMs: time, factor: number, capMs: time };

/** One of the four kinds of waits. */
export function backoff(machine, name, given) {
  if (given === undefined) return;
  delete machine.delay;
  if (typeof given === 'function') {
    machine.delay = guarded((retry, random) => time(`what ${name} says`, given(retry, random) ?? NaN), 1000);
  } else if (Array.isArray(given)) {
    machine.delaysMs = times(name, given);
  } else {
    Object.assign(machine, object(name, given, typeof given === 'object' && 'delayMs' in (given ?? {}) ? FIXED : EXPONENTIAL));
  }
}
