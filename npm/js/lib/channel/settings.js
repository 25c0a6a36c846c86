// The constructor's options, checked, with every default that is not the machine's own.
import { isEpoch } from '../../../../src/transport/push/frames.js';
import { any, count, flag, object, oneOf, time } from '../checked.js';
import { backoff, EXPONENTIAL, FIXED } from '../compatible.js';

/** As the machine numbers them. */
export const KINDS = ['websocket', 'websocket-stream', 'event-stream', 'fetch-stream', 'long-polling', 'polling'];

const ONE_KIND = oneOf(...KINDS);
const TIMES = {
  connectTimeoutMs: time,
  stableAfterMs: time,
  probeTimeoutMs: time,
  upgradeAfterMs: time,
  upgradeCapMs: time,
  beatTimeoutMs: time,
  closeTimeoutMs: time,
};
const COUNTS = { blockedAfter: count, maxMessages: count, maxBytes: count };
const OPTIONS = {
  ...TIMES,
  ...COUNTS,
  transports: any,
  backoff: any,
  pollWaitMs: time,
  pollEveryMs: time,
  startAt: any,
  remember: flag,
  headers: any,
  credentials: oneOf('same-origin', 'include', 'omit'),
  signal: any,
};

/** The order in which the machine reads what is a number: that of config.rs. `delay` is there or not. */
const NUMBERS = [...Object.keys({ ...TIMES, ...COUNTS, ...FIXED, ...EXPONENTIAL }), 'delay'];

/** What the machine keeps at most, unless it is told otherwise; before it is there too. */
const MAX_MESSAGES = 1000;
const MAX_BYTES = 4 * 1024 * 1024;

/** The most that an attempt may take, which grows, and so much more that it is the machine that gives it up. */
const opening = (connectTimeoutMs = 10_000) => Math.min(3 * connectTimeoutMs + 1000, 2 ** 31 - 1);

/** Checks the options. Throws TypeError or RangeError. */
export function readSettings(given) {
  const options = object('options', given, OPTIONS);
  const { headers, credentials, signal, remember = true, pollWaitMs: wait = 25_000, pollEveryMs: every = 2000 } = options;
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') throw new TypeError('signal must be an AbortSignal');
  const waits = {};
  backoff(waits, 'backoff', options.backoff);
  const transports = readTransports(options.transports, headers);
  const delays = waits.delaysMs ?? [];
  const numbers = NUMBERS.map((name) => (name === 'delay' ? waits.delay && 1 : options[name] ?? waits[name]));
  return {
    transports,
    startAt: readPosition(options.startAt),
    remember,
    // What fetch would refuse is refused at once.
    more: { headers: headers === undefined ? undefined : [...new Headers(headers)], credentials },
    signal,
    waits: { wait, every: Math.max(every, 1), opening: opening(options.connectTimeoutMs) },
    maxMessages: options.maxMessages ?? MAX_MESSAGES,
    maxBytes: options.maxBytes ?? MAX_BYTES,
    policies: waits,
    numbers: [...numbers, delays.length, ...delays, ...transports.map((kind) => KINDS.indexOf(kind))],
  };
}

/** Those that can send headers, where there are some. */
function readTransports(given, headers) {
  const standard = headers === undefined ? ['websocket', 'event-stream', 'long-polling', 'polling'] : ['fetch-stream', 'long-polling', 'polling'];
  if (given === undefined) return standard;
  if (!Array.isArray(given) || given.length === 0) throw new TypeError('transports must be a list of names, best first');
  return given.map((kind, at) => ONE_KIND(`transports[${at}]`, kind ?? null));
}

/** `{ epoch, offset }`, or both in one as a message event has them. */
function readPosition(given) {
  if (given === undefined || given === null) return undefined;
  const [, first, second] = typeof given === 'string' ? /^([\w-]+):([0-9]+)$/.exec(given) ?? [] : [null, given.epoch, given.offset];
  const [epoch, offset] = [first, typeof given === 'string' ? Number(second) : second];
  if (typeof epoch !== 'string' || !isEpoch(epoch) || !Number.isSafeInteger(offset) || offset < 0) {
    throw new TypeError('startAt must be { epoch, offset } or “EPOCH:OFFSET”');
  }
  return { epoch, offset };
}
