// The frames, hellos and records of tests/vectors/channel.json, which the server and the Rust crate are held against too.
import fc from 'fast-check';
import { expect } from './chai/index.js';
import { Records, isEpoch, isSession, readFrame, readHello, utf8, utf8Length, writeFrame, writeRecords } from './push/frames.js';
import { chunked } from './support.js';

const vectors = await (await fetch('vectors/channel.json')).json();

const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const hex = (data) => Array.from(data, (byte) => byte.toString(16).padStart(2, '0')).join('');
const shown = (data) => (typeof data === 'string' ? data : { hex: hex(data) });

/** What a function returns, or what kind of Fault it throws. */
function outcome(run) {
  try {
    return [run()];
  } catch (error) {
    expect(error.name, `${error}`).to.equal('Fault');
    expect(error.code).to.be.oneOf([4400, 4413]);
    return error.kind;
  }
}

describe('the channel’s frames', () => {
  it('are read and written as the vectors say', () => {
    for (const vector of vectors.frames) {
      const data = vector.text ?? bytes(vector.hex);
      const read = outcome(() => readFrame(data));
      if (vector.error) {
        expect(read, JSON.stringify(vector)).to.equal(vector.error);
        continue;
      }
      const { letter, number, payload } = read[0];
      expect([letter, number, shown(payload)], JSON.stringify(vector)).to.deep.equal(vector.frame);
      expect(shown(writeFrame(letter, number, payload))).to.deep.equal(shown(data));
    }
  });

  it('of any content come back as they were', () => {
    const payload = fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array());
    fc.assert(
      fc.property(fc.maxSafeNat(), payload, (number, content) => {
        const frame = readFrame(writeFrame('m', number + 1 > Number.MAX_SAFE_INTEGER ? number : number + 1, content));
        expect(shown(frame.payload)).to.deep.equal(shown(content));
      }),
    );
  });

  it('that are anything else are a Fault, never another error', () => {
    const data = fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array(), fc.string().map((text) => `m1:${text}`), fc.string().map((text) => `h1:${text}`));
    fc.assert(fc.property(data, (frame) => void outcome(() => readFrame(frame))));
    fc.assert(fc.property(fc.nat(3), fc.string({ unit: fc.constantFrom(...'epochoffsetafter=&-019known') }), (version, text) => void outcome(() => readHello(version, text))));
  });
});

describe('the channel’s hello', () => {
  it('is read as the vectors say', () => {
    for (const { version, fields, hello, error } of vectors.hellos) {
      const read = outcome(() => readHello(version, fields));
      if (error) expect(read, fields).to.equal(error);
      else expect(read[0], fields).to.deep.equal(hello);
    }
  });

  it('has epochs, and requests have sessions, as the vectors say', () => {
    const { epochs, sessions } = vectors;
    expect(epochs.good.map(isEpoch)).to.deep.equal(epochs.good.map(() => true));
    expect(epochs.bad.map(isEpoch)).to.deep.equal(epochs.bad.map(() => false));
    expect(sessions.good.map(isSession)).to.deep.equal(sessions.good.map(() => true));
    expect(sessions.bad.map(isSession)).to.deep.equal(sessions.bad.map(() => false));
  });
});

/** The frames of these pieces, and the kind of error at their end. */
function read(pieces, limit) {
  const [records, frames] = [new Records(limit), []];
  const error = outcome(() => {
    for (const piece of pieces) for (const frame of records.push(piece)) frames.push(shown(frame));
    records.end();
  });
  return { frames, error: Array.isArray(error) ? undefined : error };
}

describe('records', () => {
  it('are read as the vectors say, however they are cut', () => {
    for (const { hex: text, frames, error } of vectors.records) {
      for (const pieces of chunked(bytes(text))) {
        expect(read(pieces), `${text} in ${pieces.map(hex)}`).to.deep.equal({ frames, error });
      }
    }
  });

  it('of any frames come back as they were, however they are cut', () => {
    const frames = fc.array(fc.oneof(fc.string({ unit: 'grapheme' }), fc.uint8Array()), { maxLength: 8 });
    fc.assert(
      fc.property(frames, fc.array(fc.nat(40)), (all, cuts) => {
        let body = writeRecords(all);
        const pieces = [];
        for (const cut of cuts) {
          pieces.push(body.subarray(0, cut));
          body = body.subarray(cut);
        }
        expect(read([...pieces, body])).to.deep.equal({ frames: all.map(shown), error: undefined });
      }),
    );
  });

  it('that are anything else are a Fault, never another error', () => {
    const noise = fc.uint8Array({ maxLength: 40 });
    const nearly = fc.string({ unit: fc.constantFrom(...'tb0123456789:m\u00e9') }).map(utf8);
    fc.assert(fc.property(fc.array(fc.oneof(noise, nearly)), (pieces) => void read(pieces)));
  });

  it('beyond the limit are refused by their header, before they arrive', () => {
    expect(read([utf8('t4:m1:at101:')], 100)).to.deep.equal({ frames: ['m1:a'], error: 'TooLarge' });
    expect(read([utf8('t9007199254740991:')], 100).error).to.equal('TooLarge');
    expect(read([utf8('t4:m1:a')], 4)).to.deep.equal({ frames: ['m1:a'], error: undefined });
  });

  it('count text in bytes of UTF-8', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void expect(utf8Length(text)).to.equal(utf8(text).length)));
    for (const text of ['\ud800', '\udc00a', 'a\ud83d', '\ud83d\ud83d\ude00']) expect(utf8Length(text)).to.equal(utf8(text).length);
  });
});
