// MessagePack as a codec, by the package @msgpack/msgpack.
import { decode, encode } from '@msgpack/msgpack';

export function msgpack() {
  return {
    encode: (value) => encode(value),
    decode(data) {
      if (typeof data === 'string') throw new TypeError('a text message is no MessagePack');
      return data instanceof ArrayBuffer ? decode(data) : data.arrayBuffer().then((bytes) => decode(bytes));
    },
  };
}
