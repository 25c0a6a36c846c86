// The constructor's arguments, checked, with every default that is not the machine's own.
import { base, checkProtocols, checkReason, closeCode, protocolList, scalarString, socketUrl } from './checks.js';
import { any, count, flag, func, guarded, number, object, oneOf, time, times } from './checked.js';
import { backoff, COMPATIBLE, compatible, EXPONENTIAL, FIXED } from './compatible.js';

const oneOrMore = (name, value) => (value === undefined || Array.isArray(value) ? times(name, value) : [time(name, value)]);
const TIMES = { resolveTimeoutMs: time, closeTimeoutMs: time, handshakeTimeoutMs: time, renewBeforeMs: time };
const OPTIONS = {
  ...TIMES,
  retry: any,
  connectTimeoutMs: oneOrMore,
  endpoints: any,
  outbox: any,
  heartbeat: any,
  isDrain: func,
  maxAgeMs: (name, value) => [value].flat().map((one, at) => time(at ? `${name}[${at}]` : name, one)),
  probe: any,
  page: any,
  handshake: func,
  startClosed: flag,
  signal: any,
  binaryType: oneOf('blob', 'arraybuffer'),
  codec: any,
  WebSocket: func,
  ...COMPATIBLE,
  connectionTimeout: oneOrMore,
};
const RETRY = {
  maxRetries: count,
  maxElapsedMs: time,
  stableAfterMs: time,
  hintLimitMs: time,
  decide: func,
  backoff: any,
  codes: any,
  normal: flag,
};
const OUTBOX = {
  maxMessages: count,
  maxBytes: count,
  overflow: oneOf('reject', 'drop-oldest', 'drop-newest'),
  requeue: flag,
  highBytes: count,
  lowBytes: count,
};
const HEARTBEAT = { intervalMs: time, timeoutMs: time, jitterMs: time, message: any, isReply: func };
const PROBE = { afterFailures: count, everyMs: time, url: (name, value) => value && `${value}`, ask: func, judge: func };
const PAGE = {
  closeHiddenAfterMs: time,
  suspendCode: (name, value) => closeCode(value),
  wakeSpreadMs: time,
  offlineDelayMs: time,
  watch: flag,
  suspendReason: (name, value) => value && checkReason(scalarString(value)),
};

/** The order in which the machine reads what is a number, a flag or a time: that of config.rs. It skips what is none of these. */
export const FIELDS = Object.keys({ ...TIMES, ...RETRY, ...OUTBOX, ...HEARTBEAT, ...PROBE, ...PAGE, ...FIXED, ...EXPONENTIAL }).concat(
  'handshake,endpoints,heartbeat,ping,probe,maxAgeMs,maxAgeSpreadMs,delay'.split(','),
);
const ACTION = oneOf('never', 'now', 'backoff', 'wide');

const JSON_CODEC = {
  encode: (value) => {
    const text = JSON.stringify(value);
    if (text === undefined) throw new TypeError(`a ${typeof value} has no JSON`);
    return text;
  },
  decode: (data) => {
    if (typeof data !== 'string') throw new TypeError('a binary message is no JSON');
    return JSON.parse(data);
  },
};

/** Checks the arguments. Throws TypeError, RangeError, or a SyntaxError as the standard's constructor does. */
export function readSettings(url, protocols, given) {
  // As the browser's constructor, ours does not mind a stray argument; only an object holds options.
  const options = object('options', typeof given === 'object' ? given : undefined, OPTIONS);
  const { heartbeat, signal, isDrain, handshake, WebSocket, binaryType = 'blob', startClosed, codec, maxAgeMs } = options;
  const endpoints = readEndpoints(url, protocols, options.endpoints);
  // What the machine reads, by the names in config.rs.
  const machine = { endpoints: endpoints.length, handshake: handshake !== undefined };
  const comesBack = readRetry(machine, options);
  for (const name of Object.keys(TIMES)) machine[name] = options[name];
  machine.connectTimeoutMs = options.connectTimeoutMs ?? options.connectionTimeout;
  [machine.maxAgeMs, machine.maxAgeSpreadMs = 0] = maxAgeMs;
  const outbox = readOutbox(machine, options.outbox);
  const probe = readProbe(machine, options.probe);
  const { watch: watchPage = true, ...page } = object('page', options.page, PAGE);
  Object.assign(machine, page);
  const beat = heartbeat === undefined ? heartbeat : object('heartbeat', heartbeat, HEARTBEAT);
  if (beat) Object.assign(machine, beat, { heartbeat: true, ping: beat.message !== undefined });
  const asks = [beat, probe, isDrain].concat(ASKS.map((name) => machine[name]));
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') throw new TypeError('signal must be an AbortSignal');
  return {
    machine,
    endpoints,
    comesBack,
    needsMachine: comesBack || machine.handshake || asks.some((option) => option !== undefined),
    outbox,
    heartbeat: beat,
    probe,
    watchPage,
    isDrain,
    handshake,
    startClosed,
    signal,
    binaryType,
    codec: readCodec(codec),
    WebSocket,
    log: readLog(options),
  };
}

/** What nothing but the machine does. */
const ASKS = ['maxAgeMs', 'renewBeforeMs', 'connectTimeoutMs', 'closeTimeoutMs', 'closeHiddenAfterMs'];

function readEndpoints(url, protocols, more) {
  const own = { url: fixedUrl(url), protocols: fixedProtocols(protocols) };
  if (more === undefined) return [own];
  if (!Array.isArray(more)) throw new TypeError('endpoints must be a list of URLs and functions');
  return [own, ...more.map((endpoint) => ({ url: fixedUrl(endpoint), protocols: own.protocols }))];
}

function fixedUrl(url) {
  if (typeof url === 'function') return url;
  const text = scalarString(url);
  // Where there is no page, as on a server, a relative URL has nothing to be relative to.
  if (!URL.canParse?.(`${base()}`) && !URL.canParse?.(text)) return text;
  return socketUrl(text).href;
}

function fixedProtocols(protocols) {
  return typeof protocols === 'function' ? protocols : checkProtocols(protocolList(protocols));
}

/** Whether there are retries. */
function readRetry(machine, options) {
  const { retry = true } = options;
  if (retry === false) machine.maxRetries = 0;
  else compatible(machine, options);
  if (typeof retry !== 'boolean') {
    const { backoff: waits, codes = [], normal, decide, ...limits } = object('retry', retry, RETRY);
    backoff(machine, 'retry.backoff', waits);
    for (const name of Object.keys(limits)) machine[name] = limits[name] ?? machine[name];
    machine.codes ??= [];
    for (const [at, { code, action }] of codes.entries()) {
      const name = `retry.codes[${at}]`;
      const [first, last] = Array.isArray(code) ? code : [code, code];
      for (const one of [first, last]) number(`${name}.code`, one ?? NaN, 65_535);
      machine.codes.push([first, last, ACTION(`${name}.action`, action ?? null)]);
    }
    if (normal) machine.codes.push([1000, 1000, 'backoff']);
    // What it throws leaves the decision to the table.
    if (decide) machine.decide = guarded((code, reason, wasClean) => decide({ code, reason, wasClean }));
  }
  return machine.maxRetries !== 0;
}

/** The limits, which hold before the machine is there too. */
function readOutbox(machine, given) {
  const outbox = object('outbox', given, OUTBOX);
  outbox.maxMessages ??= machine.maxMessages ?? 10_000;
  outbox.maxBytes ??= 16 * 1024 * 1024;
  outbox.overflow ??= machine.overflow ?? 'reject';
  Object.assign(machine, outbox);
  return outbox;
}

function readProbe(machine, given) {
  if (given === undefined || given === false) return undefined;
  const probe = object('probe', given === true ? {} : given, PROBE);
  Object.assign(machine, probe, { probe: true });
  return probe;
}

function readCodec(codec) {
  if (codec === undefined) return undefined;
  if (codec === 'json') return JSON_CODEC;
  if (typeof codec?.encode !== 'function' || typeof codec?.decode !== 'function') {
    throw new TypeError('codec must be “json” or have the functions encode and decode');
  }
  return codec;
}

/** Says what happens, without URLs: they may hold what must stay secret. */
function readLog({ debug, debugLogger: log = (...values) => console.log(...values) }) {
  return debug ? (type, detail) => log('tautline', type, detail ?? '') : undefined;
}
