// What a transport is given, checked as the constructor of the browser's WebSocket does, with the same exceptions.
import { isEpoch, isSession, readNumber, utf8Length } from './frames.js';

const MAX_CLOSE_REASON = 123;
const MIB = 1024 * 1024;

export const exception = (name, message) => new DOMException(message, name);

/** URLs are shown without what must stay secret. */
function redacted(text) {
  return text.replace(/[?#].*$/s, '…').replace(/(^[^/\\]*:)?([/\\]*)[^/\\]*@/, '$1$2').slice(0, 256);
}

/** The URL, in the scheme of requests or of WebSocket; either scheme names both. */
export function targetUrl(value, isSocket) {
  const text = `${value}`;
  let url;
  try {
    url = new URL(text, globalThis.document?.baseURI ?? globalThis.location?.href);
  } catch {
    throw exception('SyntaxError', `“${redacted(text)}” is no URL`);
  }
  const scheme = { 'http:': 'http:', 'https:': 'https:', 'ws:': 'http:', 'wss:': 'https:' }[url.protocol];
  if (scheme === undefined) {
    throw exception('SyntaxError', `the scheme of “${redacted(text)}” is “${url.protocol.slice(0, -1)}”; it must be http, https, ws or wss`);
  }
  // An empty fragment is one too, though `hash` does not show it.
  if (url.href.includes('#')) throw exception('SyntaxError', `“${redacted(text)}” has a fragment`);
  if (!isSocket && (url.username || url.password)) throw exception('SyntaxError', 'a request’s URL can’t have a user name or a password');
  url.protocol = isSocket ? scheme.replace('http', 'ws') : scheme;
  return url;
}

/** WebIDL's [Clamp] unsigned short. */
function clamped(value) {
  const number = +value;
  const within = Number.isNaN(number) ? 0 : Math.min(Math.max(number, 0), 65_535);
  const floor = Math.floor(within);
  // Ties go to the even neighbour.
  return within - floor === 0.5 ? floor + (floor % 2) : Math.round(within);
}

/** WebIDL's conversion to a USVString. */
const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;
export const scalarString = (value) => `${value}`.replace(LONE_SURROGATE, '\uFFFD');

/** The arguments of `close`. Both are converted before either is looked at, and the code is looked at first. */
export function closeArguments(code, reason) {
  const number = code === undefined ? undefined : clamped(code);
  const text = reason === undefined ? '' : scalarString(reason);
  if (number !== undefined && number !== 1000 && (number < 3000 || number > 4999)) {
    throw exception('InvalidAccessError', `the close code is ${number}; it must be 1000 or in 3000 to 4999`);
  }
  const bytes = utf8Length(text);
  if (bytes > MAX_CLOSE_REASON) {
    throw exception('SyntaxError', `the close reason has ${bytes} bytes of UTF-8; it must have no more than ${MAX_CLOSE_REASON}`);
  }
  return [number, text];
}

/** 22 characters, 128 bits of chance. */
export function randomSession() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

/** A number of these options, or its default. */
export function numeric(options, name, standard, least, most = Number.MAX_SAFE_INTEGER) {
  const value = options[name];
  if (value === undefined) return standard;
  if (typeof value !== 'number' || Number.isNaN(value)) throw new TypeError(`${name} is to be a number`);
  if (value < least || value > most) throw new RangeError(`${name} is ${value}; it must be in ${least} to ${most}`);
  return value;
}

/** One of these options' values, or its default, which is the first. */
export function choice(options, name, values) {
  const value = options[name];
  if (value === undefined) return values[0];
  if (!values.includes(value)) throw new TypeError(`${name} is to be one of ${values.join(', ')}`);
  return value;
}

function names(options, known, where) {
  if (typeof options !== 'object' || options === null) throw new TypeError(`${where} are to be an object`);
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw new TypeError(`${where} have no ${name.slice(0, 64)}; they have ${known.join(', ')}`);
  }
}

const COMMON = ['session', 'begin', 'epoch', 'after', 'lastEventId', 'frames', 'timeout', 'opening', 'limits'];
/** How long anything may take, in milliseconds. */
const TIMEOUT = 10_000;
const LIMITS = ['frame', 'answer', 'messages', 'bytes'];

/** The options that all transports have; `own` are the names of this one's. */
export function settings(options, own) {
  names(options, [...COMMON, ...own], 'options');
  const limits = options.limits ?? {};
  names(limits, LIMITS, 'limits');
  const { session = randomSession(), frames = false } = options;
  if (!isSession(session)) throw new TypeError('session is to be 16 to 64 characters of A-Z a-z 0-9 _ -');
  return {
    session,
    // One that the server does not know begins here, unless it is to go on.
    begins: options.begin ?? true,
    isRaw: Boolean(frames),
    timeout: numeric(options, 'timeout', TIMEOUT, 1),
    opening: numeric(options, 'opening', options.timeout ?? TIMEOUT, 1),
    frame: numeric(limits, 'frame', 16 * MIB, 1),
    answer: numeric(limits, 'answer', 32 * MIB, 1),
    messages: numeric(limits, 'messages', 1000, 1),
    bytes: numeric(limits, 'bytes', 4 * MIB, 1),
    credentials: choice(options, 'credentials', ['same-origin', 'include', 'omit']),
    headers: new Headers(options.headers),
    ...start(options),
  };
}

/** Where it begins: `epoch` and `after`, or both in one as a message event has them. */
function start({ epoch, after, lastEventId }) {
  if (lastEventId !== undefined) {
    const [, first, second] = /^([\w-]+):([0-9]+)$/.exec(lastEventId) ?? [];
    [epoch, after] = [first, second === undefined ? undefined : readNumber(second)];
    if (epoch === undefined || after === undefined) throw new TypeError('lastEventId is to be EPOCH:OFFSET');
  }
  if (epoch === undefined && after === undefined) return {};
  if (!isEpoch(epoch)) throw new TypeError('epoch is to be 1 to 32 characters of A-Z a-z 0-9 _ -');
  if (!Number.isSafeInteger(after) || after < 0) throw new TypeError('after is to be an offset');
  return { epoch, after };
}
