// What a hostile server may send to a codec: each message is decoded or an error, none takes more memory than it has bytes, and the next comes.
import { expect } from './chai/index.js';
import { decode, encode } from './msgpack/index.mjs';
import { msgpack } from '/dist/msgpack.js';
import { closeAll, connect, url, within } from './support.js';

const DEEP = 10_000;
const VERY_DEEP = 1_000_000;

/** Has a server send this, and then what is good; the name of the error that it is, or how deep the value is nested. */
async function becomes(socket, message) {
  const told = new Promise((resolve) => {
    socket.addEventListener('decoded', ({ value }) => resolve(depthOf(value)), { once: true });
    socket.addEventListener('decodeerror', ({ error }) => resolve(error.name), { once: true });
  });
  socket.send(message);
  return within('what becomes of the message', told);
}

function depthOf(value) {
  let depth = 0;
  for (let at = value; typeof at === 'object' && at !== null; at = Object.values(at)[0]) depth += 1;
  return depth;
}

/** So many times these bytes, and then those. */
function repeated(count, bytes, end = []) {
  const all = new Uint8Array(count * bytes.length + end.length);
  for (let at = 0; at < count; at += 1) all.set(bytes, at * bytes.length);
  all.set(end, count * bytes.length);
  return all;
}

describe('a codec and a server that means harm', () => {
  afterEach(closeAll);

  it('JSON of 10,000 levels and more, and JSON that is none', async () => {
    const socket = connect(url('/echo'), [], { codec: 'json' });
    await socket.opened;
    expect(await becomes(socket, '['.repeat(DEEP) + ']'.repeat(DEEP))).to.be.oneOf([DEEP, 'RangeError']);
    expect(await becomes(socket, '{"a":'.repeat(DEEP) + '1' + '}'.repeat(DEEP))).to.be.oneOf([DEEP, 'RangeError']);
    for (const text of ['['.repeat(VERY_DEEP), '{"a":'.repeat(VERY_DEEP), '', '{', 'NaN', '1e', '"\\u12"', '[1,]', '\0', `"${'x'.repeat(1_000_000)}`]) {
      expect(await becomes(socket, text), text.slice(0, 9)).to.match(/Error$/);
    }
    expect(await becomes(socket, new Uint8Array([1]))).to.equal('TypeError');
    expect(await becomes(socket, '{"__proto__":{"polluted":1}}')).to.equal(2);
    expect({}.polluted).to.equal(undefined);
    expect(await becomes(socket, '[[1]]')).to.equal(2);
  });

  it('MessagePack of 10,000 levels, lengths that lie, and what is cut off', async () => {
    const socket = connect(url('/echo'), [], { codec: msgpack(), binaryType: 'arraybuffer' });
    await socket.opened;
    expect(await becomes(socket, repeated(DEEP, [0x91], [0x90]))).to.equal(DEEP + 1);
    expect(await becomes(socket, repeated(DEEP, [0x81, 0xa1, 0x61], [0xc0]))).to.equal(DEEP);
    const four = [0xff, 0xff, 0xff, 0xff];
    for (const [name, bytes] of Object.entries({
      'a million levels that do not end': repeated(VERY_DEEP, [0x91]),
      'an array of 4 billion': [0xdd, ...four],
      'a map of 4 billion': [0xdf, ...four],
      'a string of 4 GiB': [0xdb, ...four, 0x61],
      'bytes of 4 GiB': [0xc6, ...four, 1],
      'an extension of 4 GiB': [0xc9, ...four, 1, 1],
      'an array of 32 million in an array of 32 million, 10,000 times': repeated(DEEP, [0xdd, 1, 0xff, 0xff, 0xff]),
      'a map in a map': repeated(DEEP, [0xdf, 0, 0xff, 0xff, 0xff, 0xa1, 0x61]),
      'arrays of 65,535, one in the other': repeated(VERY_DEEP, [0xdc, 0xff, 0xff]),
      'a byte that begins nothing': [0xc1],
      'nothing': [],
      'a length that is cut off': [0xdd, 0, 0],
      'more than a value': [1, 2],
    })) {
      const begun = performance.now();
      expect(await becomes(socket, Uint8Array.from(bytes)), name).to.match(/Error$/);
      expect(performance.now() - begun, name).to.be.below(10_000);
    }
    expect(await becomes(socket, Uint8Array.of(0x91, 0x90))).to.equal(2);
  });

  it('MessagePack of every kind of value passes the look at its lengths', () => {
    const codec = msgpack();
    const values = [null, true, 0, -1, 127, -32, 128, 65_535, 65_536, 2 ** 32, -129, -(2 ** 31) - 1, 1.5, 'x', 'é'.repeat(20), 'x'.repeat(300), 'x'.repeat(70_000)];
    const large = [Array.from({ length: 20 }, (_, at) => at), Array.from({ length: 70_000 }, () => 'ab'), Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`k${at}`, [at]]))];
    const extensions = [new Date(0), new Date(1.5), new Date(-1)];
    for (const value of [...values, ...large, ...extensions, new Uint8Array(0), new Uint8Array(300), new Uint8Array(70_000), { all: values, large, extensions }]) {
      const { buffer, byteOffset, byteLength } = encode(value);
      const bytes = buffer.slice(byteOffset, byteOffset + byteLength);
      expect(codec.decode(bytes)).to.deep.equal(decode(bytes));
    }
    // What no encoder of JavaScript makes: float 32, and extensions of each size.
    const bytes = [[0xca, 0, 0, 0, 0], ...[0xd4, 0xd5, 0xd6, 0xd7, 0xd8].map((head, at) => [head, 5, ...new Array(2 ** at).fill(1)]), [0xc7, 3, 5, 1, 1, 1], [0xc8, 0, 1, 5, 1]];
    for (const one of bytes) expect(codec.decode(Uint8Array.from(one).buffer), `${one}`).to.deep.equal(decode(Uint8Array.from(one)));
  });
});
