// The parser of event streams: tests/vectors/event-stream.json has the standard's own examples and more, each read in every way of cutting it.
import fc from 'fast-check';
import { expect } from './chai/index.js';
import { EventStreamLimitError, EventStreamParser } from '/dist/event-stream.js';
import { chunked, engine } from './support.js';

const vectors = await (await fetch('vectors/event-stream.json')).json();
const utf8 = (text) => new TextEncoder().encode(text);
const bytesOf = ({ text, hex }) => (hex === undefined ? utf8(text) : Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16)));

function gather() {
  const seen = { events: [], comments: [], retries: [] };
  const sink = {
    event: (event) => seen.events.push(event),
    comment: (text) => seen.comments.push(text),
    retry: (ms) => seen.retries.push(ms),
  };
  return { seen, sink };
}

/** What comes out; `failed` if it was the limit. */
function parse(pieces, options) {
  const { seen, sink } = gather();
  const parser = new EventStreamParser(sink, options);
  try {
    for (const piece of pieces) parser.push(piece);
    const { lastEventId } = parser;
    parser.end();
    return { ...seen, lastEventId, failed: false };
  } catch (error) {
    expect(error, `${error?.stack}`).to.be.instanceOf(EventStreamLimitError);
    expect(() => parser.push('')).to.throw(EventStreamLimitError);
    return { ...seen, lastEventId: parser.lastEventId, failed: true };
  }
}

/** The same from the whole text at once, as the standard words it: short rather than fast. */
function reference(bytes) {
  const { seen, sink } = gather();
  const lines = new TextDecoder().decode(bytes).split(/\r\n|\r|\n/);
  let [type, data, id, last] = ['', '', '', ''];
  for (const line of lines.slice(0, -1)) {
    if (line === '') {
      last = id;
      if (data !== '') sink.event({ type: type || 'message', data: data.slice(0, -1), lastEventId: last });
      [type, data] = ['', ''];
    } else if (line.startsWith(':')) {
      sink.comment(line.slice(1));
    } else {
      const [, name, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line);
      if (name === 'event') type = value;
      if (name === 'data') data += `${value}\n`;
      if (name === 'id' && !value.includes('\0')) id = value;
      if (name === 'retry' && /^[0-9]+$/.test(value)) sink.retry(Number(value));
    }
  }
  return { ...seen, lastEventId: last, failed: false };
}

describe('the parser of event streams', () => {
  for (const vector of vectors.cases) {
    it(`reads: ${vector.name}`, () => {
      const bytes = bytesOf(vector);
      const { events, comments = [], retries = [] } = vector;
      const lastEventId = vector.lastEventId ?? reference(bytes).lastEventId;
      for (const pieces of chunked(bytes)) {
        expect(parse(pieces), `${pieces.length} pieces, the first of ${pieces[0]?.length}`).to.deep.equal({ events, comments, retries, lastEventId, failed: false });
      }
      expect(reference(bytes), 'by the reference').to.deep.equal({ events, comments, retries, lastEventId, failed: false });
      if (vector.text !== undefined) {
        for (const pieces of chunked(vector.text)) expect(parse(pieces).events).to.deep.equal(events);
      }
    });
  }

  for (const { name, text, limit, events, fails } of vectors.limits) {
    it(`keeps to its limit: ${name}`, () => {
      for (const pieces of [...chunked(utf8(text)), ...chunked(text)]) {
        const { events: seen, failed } = parse(pieces, { limit });
        expect([seen, failed], `${pieces.length} pieces`).to.deep.equal([events, fails]);
      }
    });
  }

  it('reads the same as the reference, whatever comes, however it is cut', () => {
    const word = fc.constantFrom('data', 'event', 'id', 'retry', ':', ': ', ' ', '\n', '\r', '\r\n', '\n\n', '\r\r', '\r\n\r\n', '\0', '\ufeff', 'é', '😀', '7', 'x', 'data: a\n');
    const text = fc.array(fc.oneof({ weight: 6, arbitrary: word }, { weight: 1, arbitrary: fc.string({ unit: 'binary' }) })).map((words) => utf8(words.join('')));
    const bytes = fc.oneof({ weight: 4, arbitrary: text }, { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) });
    fc.assert(
      fc.property(bytes, fc.array(fc.nat(12), { maxLength: 60 }), (all, cuts) => {
        const expected = reference(all);
        const pieces = [];
        let rest = all;
        for (const cut of cuts) {
          pieces.push(rest.subarray(0, cut));
          rest = rest.subarray(cut);
        }
        expect(parse([...pieces, rest])).to.deep.equal(expected);
        expect(parse(Array.from(all, (byte) => Uint8Array.of(byte)))).to.deep.equal(expected);
      }),
      { numRuns: 3000 },
    );
  });

  it('throws nothing but its limit’s error, whatever comes', () => {
    const piece = fc.oneof(fc.uint8Array(), fc.string({ unit: 'binary' }), fc.constantFrom('data: ', 'data: aaaa\n', '\n', ':'));
    fc.assert(
      fc.property(fc.array(piece), fc.integer({ min: 1, max: 30 }), (pieces, limit) => {
        for (const { data } of parse(pieces, { limit }).events) expect(data.length).to.be.at.most(limit);
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps no more than its limit of a line that never ends', () => {
    const parser = new EventStreamParser({}, { limit: 1_000_000 });
    const piece = new Uint8Array(65_536).fill(97);
    expect(() => {
      for (let count = 0; count < 1600; count += 1) parser.push(piece);
    }).to.throw(EventStreamLimitError, 'a line of the event stream has more than 1000000 characters');
  });

  it('takes a line of a million bytes, one at a time', () => {
    const { seen, sink } = gather();
    const parser = new EventStreamParser(sink);
    parser.push('data: ');
    const one = Uint8Array.of(97);
    for (let count = 0; count < 1_000_000; count += 1) parser.push(one);
    parser.push('\n\n');
    expect(seen.events[0].data).to.equal('a'.repeat(1_000_000));
  });

  it('takes nothing after the end', () => {
    const { seen, sink } = gather();
    const parser = new EventStreamParser(sink);
    parser.push('data: a\n');
    parser.end();
    expect(() => parser.push('\n')).to.throw(TypeError);
    expect(seen.events).to.deep.equal([]);
  });

  it('goes on after what a sink throws has been caught', () => {
    const events = [];
    const parser = new EventStreamParser({
      event(event) {
        events.push(event.data);
        if (event.data === 'a') throw new RangeError('a sink’s own');
      },
    });
    expect(() => parser.push('data: a\n\n')).to.throw(RangeError);
    parser.push('data: b\n\n');
    expect(events).to.deep.equal(['a', 'b']);
  });
});

describe('the parser beside the browser’s EventSource', () => {
  it('reads each of the vectors as the browser does', async () => {
    for (const vector of vectors.cases) {
      const bytes = bytesOf(vector);
      const events = await byBrowser(bytes);
      // Firefox takes no Blob for a stream.
      if (engine === 'firefox') expect(events).to.equal(null);
      else expect(events, vector.name).to.deep.equal(vector.events);
    }
  });
});

/** What the browser's EventSource makes of these bytes; null where it takes no Blob. */
function byBrowser(bytes) {
  const address = URL.createObjectURL(new Blob([bytes], { type: 'text/event-stream' }));
  const events = [];
  return new Promise((resolve) => {
    const source = new EventSource(address);
    const end = (result) => {
      source.close();
      URL.revokeObjectURL(address);
      resolve(result);
    };
    let isOpen = false;
    source.onopen = () => (isOpen = true);
    for (const type of ['message', 'add', 'remove', 'a', 'b', 'x', 't']) {
      source.addEventListener(type, ({ data, lastEventId }) => events.push({ type, data, lastEventId }));
    }
    source.onerror = () => end(isOpen ? events : null);
  });
}
