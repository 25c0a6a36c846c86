// Messages as values: `for await`, codecs, and what is too much.
import { expect } from './chai/index.js';
import { closeAll, connect, counted, next, record, turn, url } from './support.js';
import { msgpack } from '/dist/msgpack.js';

describe('messages as values', () => {
  afterEach(closeAll);

  it('are taken with “for await”, in their order, until the end', async () => {
    const socket = connect(url('/control'));
    const taken = [];
    const reading = (async () => {
      for await (const message of socket) taken.push(message);
    })();
    for (const text of ['a', 'b', 'c']) socket.send(text);
    socket.send('close 1000');
    await reading;
    expect(taken).to.deep.equal(['a', 'b', 'c']);
    expect(await socket.messages().next()).to.deep.equal({ value: undefined, done: true });
  });

  it('reach listeners and several readers alike, and a reader that leaves costs nothing more', async () => {
    const socket = connect(url('/echo'));
    const seen = record(socket, ['message']);
    const [first, second] = [socket.messages(), socket[Symbol.asyncIterator]()];
    socket.send('1');
    expect([(await first.next()).value, (await second.next()).value]).to.deep.equal(['1', '1']);
    socket.send('2');
    for await (const message of first) {
      expect(message).to.equal('2');
      break;
    }
    expect((await first.next()).done).to.equal(true);
    expect((await second.next()).value).to.equal('2');
    expect(seen.map(({ data }) => data)).to.deep.equal(['1', '2']);
  });

  it('that nobody takes end the reader with an error, or are dropped and counted', async () => {
    const socket = connect(url('/echo'));
    const failing = socket.messages({ maxMessages: 2 });
    const oldest = socket.messages({ maxMessages: 2, overflow: 'drop-oldest' });
    const newest = socket.messages({ maxMessages: 2, overflow: 'drop-newest' });
    const seen = record(socket, ['message']);
    for (const text of ['1', '2', '3']) socket.send(text);
    while (seen.length < 3) await next(socket, 'message');
    const all = async (reader, count) => {
      const values = [];
      for (let n = 0; n < count; n += 1) values.push((await reader.next()).value);
      return values;
    };
    expect(await all(oldest, 2)).to.deep.equal(['2', '3']);
    expect(await all(newest, 2)).to.deep.equal(['1', '2']);
    expect([oldest.dropped, newest.dropped]).to.deep.equal([1, 1]);
    expect(await all(failing, 2)).to.deep.equal(['1', '2']);
    let error;
    await failing.next().catch((caught) => (error = caught));
    expect(error.name).to.equal('QuotaExceededError');
    expect(error.message).to.match(/^2 messages of 2 bytes wait/);
    expect((await failing.next()).done).to.equal(true);
  });

  it('end for a signal', async () => {
    const socket = connect(url('/echo'));
    const controller = new AbortController();
    const reader = socket.messages({ signal: controller.signal });
    const pending = reader.next();
    controller.abort();
    expect((await pending).done).to.equal(true);
    expect(() => socket.messages({ maxMessages: 0 })).to.throw(RangeError);
    expect(() => socket.messages({ overflow: 'x' })).to.throw(TypeError);
  });

  it('are bounded in bytes too, and none is dropped for one that could never wait', async () => {
    const socket = connect(url('/echo'));
    const reader = (overflow) => socket.messages({ maxBytes: 5, overflow });
    const [failing, oldest, newest] = ['fail', 'drop-oldest', 'drop-newest'].map(reader);
    const seen = record(socket, ['message']);
    for (const text of ['12', '345', '67', '123456']) socket.send(text);
    while (seen.length < 4) await next(socket, 'message');
    const [error, ...rest] = [[], [], []];
    for (const [at, from] of [failing, oldest, newest].entries()) {
      for (let n = 0; n < 2; n += 1) [error, ...rest][at].push((await from.next()).value);
    }
    expect([error, ...rest]).to.deep.equal([['12', '345'], ['345', '67'], ['12', '345']]);
    expect([oldest.dropped, newest.dropped]).to.deep.equal([2, 2]);
    expect((await failing.next().catch((caught) => caught)).message).to.match(/^2 messages of 5 bytes wait .* of 2 bytes$/);
    expect(() => socket.messages({ maxBytes: 0 })).to.throw(RangeError, 'maxBytes');
  });

  it('leave nothing with a signal that outlives them', async () => {
    const { signal, listening } = counted();
    const socket = connect(url('/echo'), [], { signal });
    const [left, ended] = [socket.messages({ signal }), socket.messages({ signal })];
    expect(listening()).to.equal(3);
    await left.return();
    socket.close();
    await ended.next();
    await socket.closed;
    expect(listening()).to.equal(0);
    socket.messages({ signal });
    expect(listening()).to.equal(0);
    socket.reconnect();
    expect(listening(), 'it obeys again').to.equal(1);
  });

  it('are JSON where that is the codec, and one that is none is told', async () => {
    const socket = connect(url('/echo'), [], { codec: 'json' });
    const decoded = record(socket, ['decoded', 'decodeerror', 'message']);
    const reader = socket.messages();
    socket.post({ n: 1, text: 'ü' });
    socket.send('{');
    socket.post([2]);
    expect((await reader.next()).value).to.deep.equal({ n: 1, text: 'ü' });
    expect((await reader.next()).value).to.deep.equal([2]);
    await turn();
    expect(decoded.map(({ type }) => type)).to.deep.equal(['decoded', 'message', 'decodeerror', 'message', 'decoded', 'message']);
    expect(decoded[2].error).to.be.instanceOf(SyntaxError);
    expect(decoded[2].data).to.equal('{');
    expect(() => socket.post(undefined)).to.throw(TypeError, /has no JSON/);
  });

  it('are MessagePack by another package, in both binary types and in their order', async () => {
    const socket = connect(url('/echo'), [], { codec: msgpack() });
    const reader = socket.messages();
    for (let n = 0; n < 20; n += 1) {
      socket.binaryType = n % 2 === 0 ? 'blob' : 'arraybuffer';
      socket.post({ n, bytes: Uint8Array.of(n) });
    }
    for (let n = 0; n < 20; n += 1) {
      const { value } = await reader.next();
      expect(value.n).to.equal(n);
      expect([...value.bytes]).to.deep.equal([n]);
    }
  });

  it('take their time to be decoded, and keep their order', async () => {
    const codec = {
      encode: (value) => `${value}`,
      decode: (data) => (data === '1' ? new Promise((resolve) => setTimeout(() => resolve('slow 1'), 30)) : `fast ${data}`),
    };
    const socket = connect(url('/control'), [], { codec });
    const taken = [];
    const reading = (async () => {
      for await (const value of socket) taken.push(value);
    })();
    for (const n of [1, 2, 3]) socket.post(n);
    socket.send('close 1000');
    await reading;
    expect(taken).to.deep.equal(['slow 1', 'fast 2', 'fast 3']);
  });

  it('that come faster than they are decoded wait within a limit, and one too many is told', async () => {
    let go;
    const decoded = new Promise((resolve) => (go = resolve));
    const codec = { encode: (value) => value, decode: (data) => decoded.then(() => data) };
    const socket = connect(url('/flood?count=10002&size=8&close=no'), [], { codec });
    const reader = socket.messages({ maxMessages: 20_000 });
    const seen = record(socket, ['decodeerror']);
    while (seen.length < 2) await next(socket, 'decodeerror');
    go();
    for (let n = 0; n < 10_000; n += 1) expect(parseInt((await reader.next()).value, 10)).to.equal(n);
    expect(seen.map(({ error, data }) => [error.name, parseInt(data, 10)])).to.deep.equal([
      ['QuotaExceededError', 10_000],
      ['QuotaExceededError', 10_001],
    ]);
    socket.post('later');
    expect((await reader.next()).value).to.equal('later');
  });

  it('dispose of the socket where there is such a thing', async function () {
    if (!Symbol.asyncDispose) {
      // Named by no engine here before this one has it.
      expect(Symbol.asyncDispose).to.equal(undefined);
      return;
    }
    const socket = connect(url('/echo'));
    await socket.opened;
    await socket[Symbol.asyncDispose]();
    expect(socket.readyState).to.equal(3);
  });
});
