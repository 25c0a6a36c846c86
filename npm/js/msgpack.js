// MessagePack as a codec, by the package @msgpack/msgpack.
import { decode, encode } from '@msgpack/msgpack';
import { checkLengths } from './lib/msgpack.js';

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
