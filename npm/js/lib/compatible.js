// The options of reconnecting-websocket 4 and partysocket 1, by their names and with their meaning.
import { count, func, number, object, time, times } from './checked.js';

export const COMPATIBLE = [
  'minReconnectionDelay', 'maxReconnectionDelay', 'reconnectionDelayGrowFactor', 'minUptime', 'connectionTimeout', 'maxRetries',
  'maxEnqueuedMessages', 'debug', 'debugLogger', 'shouldReconnectOnClose',
];

/** Those that say how to come back: with one of them, a server's 1000 is retried as it is there. */
const RETRYING = COMPATIBLE.filter((name) => !['debug', 'debugLogger', 'maxEnqueuedMessages', 'connectionTimeout'].includes(name));

export function isCompatible(options) {
  return COMPATIBLE.some((name) => options[name] !== undefined);
}

export function compatible(machine, options) {
  const { minReconnectionDelay, maxReconnectionDelay, reconnectionDelayGrowFactor, maxEnqueuedMessages } = options;
  if (RETRYING.some((name) => options[name] !== undefined)) machine.codes = [[0, 65_535, 'backoff']];
  const own = time('minReconnectionDelay', minReconnectionDelay);
  const most = time('maxReconnectionDelay', maxReconnectionDelay) ?? 10_000;
  const factor = number('reconnectionDelayGrowFactor', reconnectionDelayGrowFactor, 0, Number.MAX_VALUE) ?? 1.3;
  if ([own, maxReconnectionDelay, reconnectionDelayGrowFactor].some((value) => value !== undefined)) {
    // Drawn for each wait, and not once for a page.
    machine.delay = (retry, random) => Math.min(most, (own ?? 1000 + 4000 * random) * factor ** retry);
  }
  machine.stableAfterMs = time('minUptime', options.minUptime);
  const timeout = time('connectionTimeout', options.connectionTimeout);
  if (timeout !== undefined) machine.connectTimeoutMs = [timeout];
  machine.maxRetries = count('maxRetries', options.maxRetries);
  machine.maxMessages = count('maxEnqueuedMessages', maxEnqueuedMessages);
  if (maxEnqueuedMessages !== undefined) machine.overflow = 'drop-newest';
  const should = func('shouldReconnectOnClose', options.shouldReconnectOnClose);
  if (should) {
    machine.decide = (code, reason, wasClean) => {
      try {
        return should({ code, reason, wasClean }) ? 'backoff' : 'never';
      } catch (error) {
        reportError(error);
        return 'backoff';
      }
    };
  }
}

/** One of the four kinds of waits. */
export function backoff(machine, name, given) {
  if (given === undefined) return;
  delete machine.delay;
  if (typeof given === 'function') {
    machine.delay = (retry, random) => {
      try {
        return time(`what ${name} says`, given(retry, random) ?? NaN);
      } catch (error) {
        reportError(error);
        return 1000;
      }
    };
  } else if (Array.isArray(given)) {
    machine.delaysMs = times(name, given);
  } else if (given !== null && typeof given === 'object' && 'delayMs' in given) {
    object(name, given, ['delayMs', 'spreadMs']);
    machine.delayMs = time(`${name}.delayMs`, given.delayMs ?? NaN);
    machine.spreadMs = time(`${name}.spreadMs`, given.spreadMs ?? NaN);
  } else {
    object(name, given, ['baseMs', 'factor', 'capMs']);
    machine.baseMs = time(`${name}.baseMs`, given.baseMs);
    machine.factor = number(`${name}.factor`, given.factor, 0, Number.MAX_VALUE);
    machine.capMs = time(`${name}.capMs`, given.capMs);
  }
}
