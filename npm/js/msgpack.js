// MessagePack as a codec, by the package @msgpack/msgpack.
import { decode, encode } from '@msgpack/msgpack';

/** How many bytes the length has, of what begins with 0xc0 to 0xdf. */
const WIDTHS = [0, 0, 0, 0, 1, 2, 4, 1, 2, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 2, 4, 2, 4];
/** How many bytes it has beside that, and beside what the length counts. */
const BYTES = [0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 2, 3, 5, 9, 17, 0, 0, 0, 0, 0, 0, 0];
const [ARRAYS, MAPS] = [0xdc, 0xde];

/**
 * Throws a RangeError where more is announced than there are bytes: a decoder makes room for the elements that an array says it has before it has seen
 * one, and five bytes could ask for gigabytes. What else is wrong the decoder finds.
 */
function checkLengths(buffer) {
  const view = new DataView(buffer);
  let at = 0;
  /** How many values are still to come: each has a byte at least. */
  let owed = 1;
  while (owed > 0) {
    const left = view.byteLength - at;
    if (owed > left) throw new RangeError(`the message announces ${owed} values more, and has ${Math.max(left, 0)} bytes for them`);
    const head = view.getUint8(at);
    at += 1;
    owed -= 1;
    if (head < 0x80 || head >= 0xe0) continue;
    if (head < 0x90) owed += 2 * (head & 15);
    else if (head < 0xa0) owed += head & 15;
    else if (head < 0xc0) at += head & 31;
    else {
      const width = WIDTHS[head - 0xc0];
      let count = 0;
      for (let end = at + width; at < end; at += 1) count = count * 256 + view.getUint8(at);
      if (head >= MAPS) owed += 2 * count;
      else if (head >= ARRAYS) owed += count;
      else at += BYTES[head - 0xc0] + count;
    }
  }
}

function read(buffer) {
  checkLengths(buffer);
  return decode(buffer);
}

export function msgpack() {
  return {
    encode: (value) => encode(value),
    decode(data) {
      if (typeof data === 'string') throw new TypeError('a text message is no MessagePack');
      return data instanceof ArrayBuffer ? read(data) : data.arrayBuffer().then(read);
    },
  };
}
