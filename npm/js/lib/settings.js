// The constructor's arguments, checked, with every default that is not the machine's own.
import { base, checkProtocols, checkReason, closeCode, protocolList, scalarString, socketUrl } from './checks.js';
import { count, flag, func, number, object, oneOf, time, times } from './checked.js';
import { backoff, COMPATIBLE, compatible, isCompatible } from './compatible.js';

const OPTIONS = [
  'retry', 'connectTimeoutMs', 'resolveTimeoutMs', 'closeTimeoutMs', 'endpoints', 'outbox', 'heartbeat', 'isDrain', 'maxAgeMs',
  'renewBeforeMs', 'probe', 'page', 'handshake', 'handshakeTimeoutMs', 'startClosed', 'signal', 'binaryType', 'codec', 'WebSocket',
];
const RETRY = ['backoff', 'maxRetries', 'maxElapsedMs', 'stableAfterMs', 'codes', 'normal', 'decide', 'hintLimitMs'];
const OUTBOX = ['maxMessages', 'maxBytes', 'overflow', 'requeue', 'highBytes', 'lowBytes'];
const HEARTBEAT = ['message', 'isReply', 'intervalMs', 'timeoutMs', 'jitterMs'];
const PROBE = ['url', 'ask', 'judge', 'afterFailures', 'everyMs'];
const PAGE = ['watch', 'closeHiddenAfterMs', 'suspendCode', 'suspendReason', 'wakeSpreadMs', 'offlineDelayMs'];
const ACTIONS = ['never', 'now', 'backoff', 'wide'];

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
  const options = typeof given === 'object' ? object('options', given, [...OPTIONS, ...COMPATIBLE]) : {};
  const machine = {};
  const endpoints = readEndpoints(url, protocols, options.endpoints);
  machine.endpoints = endpoints.length;
  const comesBack = readRetry(machine, options);
  readTimes(machine, options);
  const outbox = readOutbox(machine, options);
  const heartbeat = readHeartbeat(machine, options.heartbeat);
  const probe = readProbe(machine, options.probe);
  const watchPage = readPage(machine, options.page);
  machine.handshake = func('handshake', options.handshake) !== undefined;
  const needsMachine =
    comesBack ||
    [heartbeat, probe, options.handshake, options.isDrain, options.maxAgeMs, options.renewBeforeMs, options.connectTimeoutMs, options.connectionTimeout, options.closeTimeoutMs, machine.closeHiddenAfterMs].some(
      (option) => option !== undefined,
    );
  const { signal } = options;
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') throw new TypeError('signal must be an AbortSignal');
  return {
    machine,
    endpoints,
    comesBack,
    needsMachine,
    outbox,
    heartbeat,
    probe,
    watchPage,
    isDrain: func('isDrain', options.isDrain),
    handshake: options.handshake,
    startClosed: flag('startClosed', options.startClosed) ?? false,
    signal,
    binaryType: oneOf('binaryType', options.binaryType, ['blob', 'arraybuffer']) ?? 'blob',
    codec: readCodec(options.codec),
    WebSocket: func('WebSocket', options.WebSocket),
    log: readLog(options),
  };
}

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
  const old = isCompatible(options);
  if (typeof retry === 'boolean') {
    if (!retry) machine.maxRetries = 0;
    else if (old) compatible(machine, options);
    return retry && machine.maxRetries !== 0;
  }
  object('retry', retry, RETRY);
  if (old) compatible(machine, options);
  backoff(machine, 'retry.backoff', retry.backoff);
  machine.maxRetries = count('retry.maxRetries', retry.maxRetries) ?? machine.maxRetries;
  machine.maxElapsedMs = time('retry.maxElapsedMs', retry.maxElapsedMs);
  machine.stableAfterMs = time('retry.stableAfterMs', retry.stableAfterMs) ?? machine.stableAfterMs;
  machine.hintLimitMs = time('retry.hintLimitMs', retry.hintLimitMs);
  const codes = (retry.codes ?? []).map(({ code, action }, at) => {
    const [first, last] = Array.isArray(code) ? code : [code, code];
    const name = `retry.codes[${at}]`;
    number(`${name}.code`, first ?? NaN, 0, 65_535);
    number(`${name}.code`, last ?? NaN, 0, 65_535);
    return [first, last, oneOf(`${name}.action`, action ?? null, ACTIONS)];
  });
  machine.codes = [...(machine.codes ?? []), ...codes];
  if (flag('retry.normal', retry.normal)) machine.codes.push([1000, 1000, 'backoff']);
  const decide = func('retry.decide', retry.decide);
  if (decide) machine.decide = guarded((code, reason, wasClean) => decide({ code, reason, wasClean }));
  return machine.maxRetries !== 0;
}

/** What it throws is reported, and leaves the decision to the table. */
function guarded(ask, otherwise) {
  return (...values) => {
    try {
      return ask(...values);
    } catch (error) {
      reportError(error);
      return otherwise;
    }
  };
}

function readTimes(machine, options) {
  const { connectTimeoutMs, maxAgeMs } = options;
  if (Array.isArray(connectTimeoutMs)) machine.connectTimeoutMs = times('connectTimeoutMs', connectTimeoutMs);
  else if (connectTimeoutMs !== undefined) machine.connectTimeoutMs = [time('connectTimeoutMs', connectTimeoutMs)];
  for (const name of ['resolveTimeoutMs', 'closeTimeoutMs', 'handshakeTimeoutMs', 'renewBeforeMs']) {
    machine[name] = time(name, options[name]);
  }
  const [age, spread] = Array.isArray(maxAgeMs) ? maxAgeMs : [maxAgeMs, 0];
  machine.maxAgeMs = time('maxAgeMs', age);
  machine.maxAgeSpreadMs = time('maxAgeMs[1]', spread);
}

/** The limits, which hold before the machine is there too. */
function readOutbox(machine, options) {
  const outbox = object('outbox', options.outbox, OUTBOX);
  const limits = {
    maxMessages: count('outbox.maxMessages', outbox.maxMessages) ?? machine.maxMessages ?? 10_000,
    maxBytes: count('outbox.maxBytes', outbox.maxBytes) ?? 16 * 1024 * 1024,
    overflow: oneOf('outbox.overflow', outbox.overflow, ['reject', 'drop-oldest', 'drop-newest']) ?? machine.overflow ?? 'reject',
  };
  Object.assign(machine, limits, {
    requeue: flag('outbox.requeue', outbox.requeue) ?? false,
    highBytes: count('outbox.highBytes', outbox.highBytes),
    lowBytes: count('outbox.lowBytes', outbox.lowBytes),
  });
  return limits;
}

function readHeartbeat(machine, given) {
  if (given === undefined) return undefined;
  const heartbeat = object('heartbeat', given, HEARTBEAT);
  func('heartbeat.isReply', heartbeat.isReply);
  machine.heartbeat = true;
  machine.ping = heartbeat.message !== undefined;
  for (const name of ['intervalMs', 'timeoutMs', 'jitterMs']) machine[name] = time(`heartbeat.${name}`, heartbeat[name]);
  return { message: heartbeat.message, isReply: heartbeat.isReply };
}

function readProbe(machine, given) {
  if (given === undefined || given === false) return undefined;
  const probe = object('probe', given === true ? {} : given, PROBE);
  machine.probe = true;
  machine.afterFailures = count('probe.afterFailures', probe.afterFailures);
  machine.everyMs = time('probe.everyMs', probe.everyMs);
  return { url: probe.url === undefined ? undefined : `${probe.url}`, ask: func('probe.ask', probe.ask), judge: func('probe.judge', probe.judge) };
}

function readPage(machine, given) {
  const page = object('page', given, PAGE);
  for (const name of ['closeHiddenAfterMs', 'wakeSpreadMs', 'offlineDelayMs']) machine[name] = time(`page.${name}`, page[name]);
  machine.suspendCode = closeCode(page.suspendCode);
  machine.suspendReason = page.suspendReason === undefined ? undefined : checkReason(scalarString(page.suspendReason));
  return flag('page.watch', page.watch) ?? true;
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
function readLog({ debug, debugLogger }) {
  func('debugLogger', debugLogger);
  if (!flag('debug', debug)) return undefined;
  const log = debugLogger ?? ((...values) => console.log(...values));
  return (type, detail) => log('tautline', type, detail ?? '');
}

