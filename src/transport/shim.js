// The part of the receive path that has to stand on JavaScript's side of the boundary: it reads `event.data`, writes what
// is small into a buffer in wasm memory, and makes one call for each event. See ARCHITECTURE.md, "The data plane".

// What `deliver` is told first; `transport/shim.rs` has the same numbers.
const TEXT_COPIED = 0;
const BINARY_COPIED = 1;
const TEXT_LEFT = 2;
const BINARY_LEFT = 3;
const BLOB_LEFT = 4;
const OPENED = 5;
const FAILED = 6;
const CLOSED = 7;

const OPEN = 1;

// What takes the place of a `readyState` where the browser threw.
const SYNTAX = 4;
const SECURITY = 5;
const UNSUPPORTED = 6;
const OTHER = 7;

let encoder;

// The reason of the close event that is told now, or the name of what was thrown last: Rust takes it at once.
let words = '';

// One connection. It is made without an exception that would cross the boundary: `state()` says what was thrown.
export class Receiver {
  socket;
  #failure;
  #memory;
  #pointer;
  #capacity;
  #deliver;
  #view;
  #busy = false;
  #waiting = [];
  #data;
  #written = 0;

  // The subprotocols are tokens with commas between them. Where there is an `opener`, it makes the socket.
  constructor(url, protocols, opener) {
    try {
      if (opener) this.socket = opener.open(url);
      else this.socket = protocols ? new WebSocket(url, protocols.split(',')) : new WebSocket(url);
      // The standard's default is Blob.
      this.socket.binaryType = 'arraybuffer';
    } catch (exception) {
      words = nameOf(exception);
      // A host of JavaScript need not have the class.
      const other = globalThis.WebSocket ? OTHER : UNSUPPORTED;
      this.#failure = words === 'SyntaxError' ? SYNTAX : words === 'SecurityError' ? SECURITY : other;
    }
  }

  state() {
    return this.#failure ?? this.socket.readyState;
  }

  // A code of 0 is none. In CLOSING and CLOSED nothing happens.
  close(code, reason) {
    if (code) this.socket.close(code, reason);
    else this.socket.close();
  }

  // `pointer` and `capacity` say where in `memory` small payloads may be written between two calls of `deliver`.
  listen(memory, pointer, capacity, deliver) {
    this.#memory = memory;
    this.#pointer = pointer;
    this.#capacity = capacity;
    this.#deliver = deliver;
    this.#view = this.#bytes(pointer, capacity);
    for (const [type, listener] of this.#listeners) this.socket.addEventListener(type, listener);
  }

  stop() {
    for (const [type, listener] of this.#listeners) this.socket.removeEventListener(type, listener);
    this.#waiting.length = 0;
    this.#deliver = undefined;
    // What was left here stays until its handler returns: the handler may have dropped the socket, and still ask for it.
  }

  #onmessage = (event) => {
    // An event dispatched from inside a handler waits its turn: the handler may be reading the buffer. So does one that comes
    // after a handler has thrown and left others waiting.
    const waiting = this.#waiting;
    if (this.#busy) {
      waiting.push(event.data);
      return;
    }
    this.#busy = true;
    try {
      if (waiting.length === 0) {
        this.#handOver(event.data);
      } else {
        waiting.push(event.data);
      }
      while (waiting.length > 0) this.#handOver(waiting.shift());
    } finally {
      this.#busy = false;
    }
  };

  #onclose = ({ code, reason, wasClean }) => {
    words = reason;
    this.#deliver(CLOSED, wasClean ? 1 : 0, code);
  };

  #listeners = [
    ['open', () => this.#deliver(OPENED, 0, 0)],
    ['message', this.#onmessage],
    ['error', () => this.#deliver(FAILED, 0, 0)],
    ['close', this.#onclose],
  ];

  #handOver(data) {
    if (this.#deliver === undefined) return;
    if (typeof data === 'string') {
      // Three bytes at most for a UTF-16 code unit.
      if (data.length * 3 <= this.#capacity) {
        this.#deliver(TEXT_COPIED, writeUtf8(data, this.#small()), data.length);
      } else {
        this.#leave(TEXT_LEFT, data, data.length);
      }
    } else if (data instanceof ArrayBuffer) {
      if (data.byteLength <= this.#capacity) {
        this.#small().set(new Uint8Array(data));
        this.#deliver(BINARY_COPIED, data.byteLength, data.byteLength);
      } else {
        this.#leave(BINARY_LEFT, data, data.byteLength);
      }
    } else {
      this.#leave(BLOB_LEFT, data, data.size);
    }
  }

  #leave(kind, data, length) {
    this.#data = data;
    try {
      this.#deliver(kind, 0, length);
    } finally {
      this.#data = undefined;
    }
  }

  // Wasm memory that grew has a new buffer, and the old one's views are empty.
  #small() {
    if (this.#view.buffer !== this.#memory.buffer) this.#view = this.#bytes(this.#pointer, this.#capacity);
    return this.#view;
  }

  #bytes(pointer, length) {
    return new Uint8Array(this.#memory.buffer, pointer, length);
  }

  // The payload that was left here; undefined once `deliver` has returned.
  data() {
    return this.#data;
  }

  // Writes the text that was left here as UTF-8, from the code unit `from` on, and returns how many units it has read.
  encode(pointer, capacity, from) {
    const text = from === 0 ? this.#data : this.#data.slice(from);
    const target = this.#bytes(pointer, capacity);
    encoder ??= new TextEncoder();
    if (target.buffer instanceof ArrayBuffer) {
      const { read, written } = encoder.encodeInto(text, target);
      this.#written = written;
      return read;
    }
    // Shared wasm memory: `encodeInto` refuses it.
    const { read, written, bytes } = encodeApart(text, capacity);
    target.set(bytes.subarray(0, written));
    this.#written = written;
    return read;
  }

  // How many bytes the last `encode` has written.
  written() {
    return this.#written;
  }

  // Writes the ArrayBuffer that was left here.
  copy(pointer, capacity) {
    this.#bytes(pointer, capacity).set(new Uint8Array(this.#data));
  }
}

function encodeApart(text, capacity) {
  const bytes = new Uint8Array(capacity);
  return { ...encoder.encodeInto(text, bytes), bytes };
}

// Faster than `encodeInto` up to about 1 KiB: that costs more than two microseconds before its first byte.
function writeUtf8(text, target) {
  const length = text.length;
  let at = 0;
  for (let i = 0; i < length; i++) {
    let unit = text.charCodeAt(i);
    if (unit < 0x80) {
      target[at++] = unit;
    } else if (unit < 0x800) {
      target[at++] = 0xc0 | (unit >> 6);
      target[at++] = 0x80 | (unit & 0x3f);
    } else {
      if ((unit & 0xf800) === 0xd800) {
        const next = unit < 0xdc00 && i + 1 < length ? text.charCodeAt(i + 1) : 0;
        if ((next & 0xfc00) === 0xdc00) {
          const point = 0x10000 + ((unit - 0xd800) << 10) + (next - 0xdc00);
          target[at++] = 0xf0 | (point >> 18);
          target[at++] = 0x80 | ((point >> 12) & 0x3f);
          target[at++] = 0x80 | ((point >> 6) & 0x3f);
          target[at++] = 0x80 | (point & 0x3f);
          i++;
          continue;
        }
        // A lone surrogate, which no wire carries but a synthetic event may.
        unit = 0xfffd;
      }
      target[at++] = 0xe0 | (unit >> 12);
      target[at++] = 0x80 | ((unit >> 6) & 0x3f);
      target[at++] = 0x80 | (unit & 0x3f);
    }
  }
  return at;
}

// The senders answer with the state they found, and send only when it is OPEN: in any later state the browser would
// drop the data in silence. Asking here saves a call across the boundary.

export function sendText({ socket }, text) {
  return send(socket, text);
}

export function sendBytes({ socket }, bytes) {
  return send(socket, unshared(bytes));
}

function send(socket, data) {
  const state = socket.readyState;
  if (state !== OPEN) return state;
  try {
    socket.send(data);
    return state;
  } catch (exception) {
    words = nameOf(exception);
    return OTHER;
  }
}

// `send` throws for shared memory, so that is copied first.
function unshared(view) {
  return view.buffer instanceof ArrayBuffer ? view : copyOfView(view);
}

function copyOfView(view) {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice();
}

// Writes as much of the words as has room for sure, and says how many bytes that is.
export function takeWords(into) {
  return writeUtf8(words.slice(0, into.length / 3), into);
}

// What is sent of JavaScript's own values. A class, so that it is left out where there are none.
export class Values {
  static send({ socket }, data) {
    if (ArrayBuffer.isView(data)) return send(socket, unshared(data));
    return send(socket, tag(data) === '[object SharedArrayBuffer]' ? new Uint8Array(data).slice() : data);
  }

  // What to keep of data that is sent later: a copy of what may change until then, as `send` itself makes one. Strings and Blobs never
  // change. Of a buffer that is detached it is undefined, and `words` has the name of what was thrown.
  static keep(data) {
    try {
      if (ArrayBuffer.isView(data)) return copyOfView(data);
      const isBuffer = ['[object ArrayBuffer]', '[object SharedArrayBuffer]'].includes(tag(data));
      return isBuffer ? new Uint8Array(data).slice() : data;
    } catch (exception) {
      words = nameOf(exception);
      return undefined;
    }
  }

  // How many bytes the data is on the wire; negative where that throws.
  static byteLength(data) {
    try {
      return typeof data === 'string' ? utf8Length(data) : (data.byteLength ?? data.size);
    } catch (exception) {
      words = nameOf(exception);
      return -1;
    }
  }
}

// A page may have shared wasm memory without having the name SharedArrayBuffer (seen in WebKit).
function tag(data) {
  return Object.prototype.toString.call(data);
}

// A lone surrogate counts as U+FFFD, by which `send` replaces it.
function utf8Length(text) {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80) bytes += unit < 0x800 ? 1 : 2;
    if ((unit & 0xfc00) === 0xd800 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) i++;
  }
  return bytes;
}

// An exception's name, never its message.
function nameOf(exception) {
  const name = exception?.name;
  return typeof name === 'string' ? name : 'an exception without a name';
}

// Whether the constructor would take this URL, by the standard's own steps, but for what only a connection can tell.
export function isWebSocketUrl(url) {
  try {
    const { protocol, href } = new URL(url, globalThis.document?.baseURI ?? globalThis.location?.href);
    return ['ws:', 'wss:', 'http:', 'https:'].includes(protocol) && !href.includes('#');
  } catch {
    return false;
  }
}
