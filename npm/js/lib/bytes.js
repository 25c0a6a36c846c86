// The size of what is sent, and copies of what has to wait: a caller may change a buffer after `send`.
import { scalarString } from './checks.js';

const bufferLength = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, 'byteLength').get;

function isBuffer(value) {
  if (value instanceof ArrayBuffer) return true;
  try {
    bufferLength.call(value);
    return true;
  } catch {
    return false;
  }
}

function isBlob(value) {
  return typeof Blob === 'function' && value instanceof Blob;
}

/** WebIDL's conversion of what `send` takes, with the bytes as they are now. */
export function snapshot(data) {
  if (typeof data === 'string') return scalarString(data);
  if (typeof data !== 'object' || data === null) return scalarString(data);
  if (isBlob(data)) return data;
  if (ArrayBuffer.isView(data)) {
    if (!isBuffer(data.buffer)) throw new TypeError('a view of shared memory can’t be sent');
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice().buffer;
  }
  return isBuffer(data) ? data.slice(0) : scalarString(data);
}

/** The bytes of what {@link snapshot} gives. */
export function byteLength(data) {
  if (typeof data === 'string') return utf8Length(data);
  return data.byteLength ?? data.size;
}

/** Bytes of UTF-8; a lone surrogate counts as U+FFFD. */
export function utf8Length(text) {
  let bytes = text.length;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes += 1;
    else if (unit >= 0xd800 && unit < 0xdc00 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00) {
      bytes += 2;
      at += 1;
    } else bytes += 2;
  }
  return bytes;
}

/** The size of a received payload. Text is not encoded to be counted: it is its length in UTF-16 units. */
export function sizeOf(data) {
  return typeof data === 'string' ? data.length : (data.byteLength ?? data.size ?? 0);
}
