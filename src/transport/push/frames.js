// What crosses the wire, as PROTOCOL.md has it: frames, the hello, records. `src/channel/wire/` is the same in Rust.
import { malformed, tooLarge } from './fault.js';

export const SUBPROTOCOL = 'tautline.channel.v1';
export const CONTENT_TYPE = 'application/vnd.tautline.frames';
export const VERSION = 1;
/** The most bytes that letter, number and colon take. */
export const FRAME_OVERHEAD = 18;
/** The most bytes that letter, length and colon of a record take. */
const RECORD_OVERHEAD = 18;
const MAX_REASON = 123;

const encoder = new TextEncoder();
const COLON = 58;

export const utf8 = (text) => encoder.encode(text);
export const isEpoch = (text) => typeof text === 'string' && /^[\w-]{1,32}$/.test(text);
export const isSession = (text) => typeof text === 'string' && /^[\w-]{16,64}$/.test(text);

/** How many bytes of UTF-8 a text has, without making them. */
export function utf8Length(text) {
  let length = text.length;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) continue;
    // A half of a pair alone becomes U+FFFD, three bytes.
    const isPair = unit >= 0xd800 && unit < 0xdc00 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00;
    length += unit < 0x800 ? 1 : 2;
    if (isPair) at += 1;
  }
  return length;
}

/** A number as the protocol writes it, or undefined. */
export function readNumber(digits) {
  if (!/^(?:0|[1-9][0-9]{0,15})$/.test(digits)) return undefined;
  const number = Number(digits);
  return Number.isSafeInteger(number) ? number : undefined;
}

/** Up to the colon, as text: of what is no ASCII nothing is made that could be a header. */
function header(data, most) {
  if (typeof data === 'string') {
    const text = data.slice(0, most);
    const colon = text.indexOf(':');
    return colon < 0 ? undefined : text.slice(0, colon);
  }
  const colon = data.subarray(0, most).indexOf(COLON);
  return colon < 0 ? undefined : String.fromCharCode(...data.subarray(0, colon));
}

/**
 * Reads one whole frame, a string or a Uint8Array: `{ letter, number, payload }`. The payload of a binary one is a part of it.
 * Throws a Fault.
 */
export function readFrame(data) {
  const head = header(data, FRAME_OVERHEAD);
  const number = head && head.charCodeAt(0) < 0x80 ? readNumber(head.slice(1)) : undefined;
  if (number === undefined) {
    throw malformed('a frame begins with a letter, a number up to 9007199254740991 and a colon', 'NoHeader');
  }
  const letter = head[0];
  const payload = typeof data === 'string' ? data.slice(head.length + 1) : data.subarray(head.length + 1);
  check(letter, number, payload);
  return { letter, number, payload };
}

function check(letter, number, payload) {
  if (!'msabhx'.includes(letter)) throw malformed('no frame has the letter of this one', 'UnknownLetter');
  const isMessage = letter === 'm' || letter === 's';
  if ((isMessage && number === 0) || (letter === 'x' && (number < 1000 || number > 4999))) {
    throw malformed(`a frame ${letter} can’t have the number ${number}`, 'BadNumber');
  }
  if (isMessage) return;
  if (typeof payload !== 'string') throw malformed(`a frame ${letter} is text, and this one is binary`, 'Binary');
  const most = letter === 'x' ? MAX_REASON : letter === 'h' ? Infinity : 0;
  if (payload.length > most || (letter === 'x' && utf8Length(payload) > most)) {
    throw malformed(`a frame ${letter} has no such payload`, 'Payload');
  }
}

/** A frame: text if the payload is one, else bytes. */
export function writeFrame(letter, number, payload = '') {
  const head = `${letter}${number}:`;
  if (typeof payload === 'string') return head + payload;
  const frame = new Uint8Array(head.length + payload.length);
  for (let at = 0; at < head.length; at += 1) frame[at] = head.charCodeAt(at);
  frame.set(payload, head.length);
  return frame;
}

const COUNTS = ['offset', 'after', 'beat', 'limit'];
const FIELDS = ['epoch', 'offset', 'after', 'session', 'ack', 'beat', 'limit', 'missed'];

/** Reads the payload of a frame `h` with this number. Throws a Fault. */
export function readHello(version, fields) {
  if (version !== VERSION) {
    throw malformed(`the server speaks version ${version} of the protocol, this is for ${VERSION}`, 'Version');
  }
  const found = new Map();
  for (const pair of fields.split('&')) {
    const at = pair.indexOf('=');
    const key = pair.slice(0, at);
    if (at < 0 || found.has(key)) throw malformed('a hello is keys and values, each key once', 'Shape');
    // Of unknown keys nothing is kept.
    if (FIELDS.includes(key)) found.set(key, pair.slice(at + 1));
  }
  const hello = {};
  for (const field of FIELDS) {
    const isOptional = field === 'missed' || (field === 'ack' && hello.session !== 'known');
    if (isOptional && (field === 'ack' || !found.has(field))) continue;
    if (!found.has(field)) throw malformed(`the hello has no ${field}`, 'Missing');
    hello[field] = value(field, found.get(field));
  }
  if (hello.after > hello.offset) throw badValue('after');
  if (hello.missed && hello.missed[1] !== hello.after) throw badValue('missed');
  return hello;
}

const badValue = (field) => malformed(`the hello’s ${field} has no value that it may have`, 'Value');

function value(field, text) {
  let read;
  if (field === 'epoch') read = isEpoch(text) ? text : undefined;
  else if (field === 'session') read = ['known', 'new', 'none'].includes(text) ? text : undefined;
  else if (field === 'missed') read = range(text);
  else read = readNumber(text);
  if (read === undefined) throw badValue(field);
  return read;
}

function range(text) {
  const [from, to, more] = text.split('-').map(readNumber);
  return text.split('-').length === 2 && more === undefined && from > 0 && from <= to ? [from, to] : undefined;
}

/** Reads records as they arrive, with no more of them in memory than one. */
export class Records {
  #limit;
  /** What has arrived of the record that is not complete. */
  #parts = [];
  #size = 0;
  /** Of that record, once its header is there: its letter, and the bytes of header and frame. */
  #head = null;
  #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  /** `limit`: the most bytes of a frame. */
  constructor(limit = Infinity) {
    this.#limit = limit;
  }

  /** The frames that these bytes complete, strings and Uint8Arrays; to be taken all. Throws a Fault. */
  *push(bytes) {
    if (bytes.length > 0) this.#parts.push(bytes);
    this.#size += bytes.length;
    while (this.#size > 0) {
      this.#head ??= this.#header();
      if (this.#head === null || this.#size < this.#head.total) return;
      const { letter, from, total } = this.#head;
      this.#head = null;
      yield this.#frame(letter, this.#take(total).subarray(from));
    }
  }

  /** The body is over. Throws a Fault if a record is not complete. */
  end() {
    if (this.#size === 0) return;
    throw malformed('an answer ends inside of a record', this.#head ? 'Short' : 'NoHeader');
  }

  #header() {
    const start = this.#join(RECORD_OVERHEAD);
    const head = header(start, RECORD_OVERHEAD);
    // What can’t become a header any more is not waited for.
    const isWhole = head !== undefined;
    const seen = isWhole ? head : String.fromCharCode(...start.subarray(0, RECORD_OVERHEAD));
    if (!/^(?:[tb]|$)/.test(seen) || (!isWhole && (seen.length >= RECORD_OVERHEAD || !/^[tb]?[0-9]*$/.test(seen)))) throw noHeader();
    if (!isWhole) return null;
    const length = readNumber(head.slice(1));
    if (length === undefined) throw noHeader();
    if (length > this.#limit) throw tooLarge('a frame', this.#limit);
    return { letter: head[0], from: head.length + 1, total: head.length + 1 + length };
  }

  /** Makes one of the first parts, so that it has this many bytes, if there are so many. */
  #join(most) {
    while (this.#parts.length > 1 && this.#parts[0].length < most) {
      const [first, second] = this.#parts.splice(0, 2);
      const joined = new Uint8Array(first.length + second.length);
      joined.set(first);
      joined.set(second, first.length);
      this.#parts.unshift(joined);
    }
    return this.#parts[0];
  }

  /** The first bytes, which are all there. */
  #take(count) {
    this.#size -= count;
    if (this.#parts[0].length < count) {
      const taken = new Uint8Array(count);
      let at = 0;
      while (at < count) {
        const part = this.#parts[0];
        const some = part.subarray(0, count - at);
        taken.set(some, at);
        at += some.length;
        this.#shift(some.length);
      }
      return taken;
    }
    const taken = this.#parts[0].subarray(0, count);
    this.#shift(count);
    return taken;
  }

  #shift(count) {
    if (this.#parts[0].length === count) this.#parts.shift();
    else this.#parts[0] = this.#parts[0].subarray(count);
  }

  #frame(letter, bytes) {
    if (letter === 'b') return bytes;
    try {
      return this.#decoder.decode(bytes);
    } catch {
      throw malformed('a text record is not UTF-8', 'NotUtf8');
    }
  }
}

const noHeader = () => malformed('a record begins with t or b, a length and a colon', 'NoHeader');

/** A body of records. */
export function writeRecords(frames) {
  const parts = [];
  let size = 0;
  for (const frame of frames) {
    const bytes = typeof frame === 'string' ? utf8(frame) : frame;
    const head = utf8(`${typeof frame === 'string' ? 't' : 'b'}${bytes.length}:`);
    parts.push(head, bytes);
    size += head.length + bytes.length;
  }
  const body = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    body.set(part, at);
    at += part.length;
  }
  return body;
}
