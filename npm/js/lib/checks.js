// What must be answered at once, before the machine is there: URL, subprotocols, close code and reason.
// tests/vectors/values.json holds these and the Rust types against the same values.

/** The most bytes of UTF-8 in a close reason (RFC 6455, section 5.5). */
export const MAX_CLOSE_REASON = 123;

export const utf8 = (text) => new TextEncoder().encode(text);

// RFC 9110, section 5.6.2: what a token is made of.
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** A DOMException where there are such. */
export function exception(name, message) {
  if (typeof DOMException === 'function') return new DOMException(message, name);
  return Object.assign(new Error(message), { name });
}

/** WebIDL's conversion to a USVString. */
export function scalarString(value) {
  const text = `${value}`;
  return text.toWellFormed ? text.toWellFormed() : text.replace(LONE_SURROGATE, '\uFFFD');
}
const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

/** What a relative URL is relative to, if there is such a thing. */
export function base() {
  return globalThis.document?.baseURI ?? globalThis.location?.href;
}

/** URLs are shown without what must stay secret. */
function redacted(text) {
  return text.replace(/[?#].*$/s, '…').replace(/(^[^/\\]*:)?([/\\]*)[^/\\]*@/, '$1$2').slice(0, 256);
}

/** The standard's way from a string to a URL record (WHATWG WebSockets, section 3.1, "get a URL record"). */
export function socketUrl(text) {
  let url;
  try {
    url = new URL(text, base());
  } catch {
    throw exception('SyntaxError', `“${redacted(text)}” is no URL`);
  }
  if (url.protocol === 'http:') url.protocol = 'ws:';
  else if (url.protocol === 'https:') url.protocol = 'wss:';
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') {
    throw exception('SyntaxError', `the scheme of “${redacted(text)}” is “${url.protocol.slice(0, -1)}”; it must be ws, wss, http or https`);
  }
  // An empty fragment is one too, though `hash` does not show it.
  if (url.href.includes('#')) throw exception('SyntaxError', `“${redacted(text)}” has a fragment`);
  return url;
}

/** WebIDL's conversion of the second argument: a sequence of strings or a string. */
export function protocolList(value) {
  if (value === undefined) return [];
  if ((typeof value === 'object' || typeof value === 'function') && value !== null) {
    const iterator = value[Symbol.iterator];
    if (iterator !== undefined && iterator !== null) return Array.from(value, (item) => `${item}`);
  }
  return [`${value}`];
}

/** Checks subprotocols as the constructor does. What is wrong is named by its place: it may be a token that must stay secret. */
export function checkProtocols(protocols) {
  for (const [at, protocol] of protocols.entries()) {
    if (!TOKEN.test(protocol)) throw exception('SyntaxError', `subprotocol ${at + 1} of ${protocols.length} is not a token of HTTP`);
  }
  if (new Set(protocols).size < protocols.length) throw exception('SyntaxError', 'the same subprotocol stands there twice');
  return protocols;
}

/** WebIDL's [Clamp] unsigned short. */
function clamped(value) {
  // Not Number(): that takes a BigInt.
  const number = +value;
  const within = Number.isNaN(number) ? 0 : Math.min(Math.max(number, 0), 65_535);
  // Ties go to the even neighbour.
  const floor = Math.floor(within);
  return within - floor === 0.5 ? floor + (floor % 2) : Math.round(within);
}

function checkCode(code) {
  if (code !== 1000 && (code < 3000 || code > 4999)) {
    throw exception('InvalidAccessError', `the close code is ${code}; it must be 1000 or in 3000 to 4999`);
  }
  return code;
}

/** A code that `close` takes. `undefined`: none. */
export function closeCode(value) {
  return value === undefined ? undefined : checkCode(clamped(value));
}

/** The arguments of `close`; `undefined` is none. Both are converted before either is looked at, and the code is looked at first. */
export function closeArguments(code, reason) {
  const number = code === undefined ? undefined : clamped(code);
  const text = reason === undefined ? undefined : scalarString(reason);
  return [number === undefined ? undefined : checkCode(number), text === undefined ? undefined : checkReason(text)];
}

/** The reason, which has no more than 123 bytes. */
export function checkReason(reason) {
  const bytes = utf8(reason).length;
  if (bytes > MAX_CLOSE_REASON) {
    throw exception('SyntaxError', `the close reason has ${bytes} bytes of UTF-8; it must have no more than ${MAX_CLOSE_REASON}`);
  }
  return reason;
}
