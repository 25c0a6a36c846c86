// Sending by POST, and whole frames: with a server inside the page, so that each answer comes when the test says so.
import { expect } from './chai/index.js';
import { LongPolling } from '/dist/long-polling.js';
import { FakeServer, HOST, TYPES, Timers, hello, opened, until } from './push-fake.js';
import { next, record, turn } from './support.js';

let server;
let timers;

function start() {
  server = new FakeServer();
  timers = new Timers();
}

function stop() {
  server.restore();
  timers.restore();
}

describe('sending by POST', () => {
  beforeEach(start);
  afterEach(stop);

  it('numbers messages, and batches what is sent in one turn', async () => {
    const { pipe } = await opened(server);
    pipe.send('a');
    pipe.send(Uint8Array.of(1, 2).buffer);
    pipe.send('ж');
    const post = await server.take('POST');
    expect(post.frames).to.deep.equal(['s1:a', 's2:\x01\x02', 's3:ж']);
    expect(post.headers.get('content-type')).to.equal('application/vnd.tautline.frames');
    expect(post.params).to.deep.equal({ token: 't', x: '  ', tl_session: pipe.session });
    expect(post.url.startsWith(`${HOST}&tl_`), post.url).to.equal(true);
    expect(pipe.bufferedAmount).to.equal(1 + 2 + 2);
    post.records('a3:');
    await until(() => pipe.bufferedAmount === 0);
  });

  it('has one request under way at a time, and the next takes what came meanwhile', async () => {
    const { pipe } = await opened(server);
    pipe.send('a');
    const first = await server.take('POST');
    pipe.send('b');
    pipe.send('c');
    await turn();
    expect(server.left).to.deep.equal([]);
    first.records('a1:');
    const second = await server.take('POST');
    expect(second.frames).to.deep.equal(['s2:b', 's3:c']);
    expect(pipe.bufferedAmount).to.equal(2);
    second.records('a3:');
    await until(() => pipe.bufferedAmount === 0);
  });

  it('sends what comes at whichever moment after an acknowledgement', async () => {
    for (let turns = 0; turns < 24; turns += 1) {
      const { pipe } = await opened(server, { frames: true });
      pipe.addEventListener('message', async ({ data }) => {
        if (data !== 'a1:') return;
        for (let past = 0; past < turns; past += 1) await null;
        pipe.send('s2:b');
      });
      pipe.send('s1:a');
      (await server.take('POST')).records('a1:');
      const second = await server.take('POST');
      expect(second.frames).to.deep.equal(['s2:b']);
      second.records('a2:');
      await until(() => pipe.bufferedAmount === 0);
      pipe.close();
    }
  });

  it('sends the same again after what may help, and ends after what does not', async () => {
    const { pipe, seen } = await opened(server);
    pipe.send('a');
    (await server.take('POST')).fail();
    pipe.send('b');
    const second = await server.take('POST');
    expect(second.frames).to.deep.equal(['s1:a', 's2:b']);
    second.status(500);
    const third = await server.take('POST');
    expect(third.frames).to.deep.equal(['s1:a', 's2:b']);
    third.begin({ status: 503, headers: { 'retry-after': '0' } }).end();
    // The first one had arrived: it is skipped there, and acknowledged.
    (await server.take('POST')).records('a2:');
    await until(() => pipe.bufferedAmount === 0);
    pipe.send('c');
    (await server.take('POST')).status(413, 'x4413:too much');
    const { code, reason } = await next(pipe, 'close');
    expect([code, reason, pipe.bufferedAmount]).to.deep.equal([4413, 'too much', 1]);
    expect(seen.map(({ type }) => type)).to.deep.equal(['open', 'close']);
  });

  it('tries six times', async () => {
    const { pipe } = await opened(server);
    pipe.send('a');
    const closed = next(pipe, 'close');
    for (let count = 0; count < 6; count += 1) {
      const post = await server.take('POST');
      expect(post.frames).to.deep.equal(['s1:a']);
      post.fail();
    }
    const { code, reason } = await closed;
    expect([code, reason]).to.deep.equal([1006, 'the request failed']);
  });

  it('takes an acknowledgement of a part, and sends the rest', async () => {
    const { pipe } = await opened(server);
    for (const text of ['a', 'b', 'c']) pipe.send(text);
    (await server.take('POST')).records('a2:');
    const second = await server.take('POST');
    expect(second.frames).to.deep.equal(['s3:c']);
    second.records('a3:');
    await until(() => pipe.bufferedAmount === 0);
  });

  it('takes an acknowledgement that comes with a hello', async () => {
    const { pipe, poll } = await opened(server);
    pipe.send('a');
    const post = await server.take('POST');
    poll.records(hello({ ack: 1 }));
    await until(() => pipe.bufferedAmount === 0);
    post.fail();
    await turn();
    expect(server.all.filter(({ method }) => method === 'POST').length).to.equal(1);
  });

  it('goes on after the numbers that a known session has used', async () => {
    const { pipe } = await opened(server, { session: 'a-session-of-before' }, { ack: 41 });
    pipe.send('a');
    expect((await server.take('POST')).frames).to.deep.equal(['s42:a']);
  });

  it('ends where the acknowledgement is none', async () => {
    for (const [frames, code, reason] of [
      [[], 4400, 'a POST was answered without an acknowledgement'],
      [['a9:'], 4400, 'message 9 is acknowledged, and the last one was 1'],
      [['m1:a'], 4400, 'a POST is not answered with a frame m'],
      [['a1:', 'x4408:slow'], 4408, 'slow'],
    ]) {
      const { pipe } = await opened(server);
      pipe.send('a');
      (await server.take('POST')).records(...frames);
      const close = await next(pipe, 'close');
      expect([close.code, close.reason]).to.deep.equal([code, reason]);
    }
  });

  it('ends at a gap in the numbers', async () => {
    const { pipe } = await opened(server);
    pipe.send('a');
    (await server.take('POST')).status(409, 'a0:', 'x4409:a gap');
    const { code, reason } = await next(pipe, 'close');
    expect([code, reason]).to.deep.equal([4409, 'a gap']);
  });

  it('keeps the order where a Blob is to be read first', async () => {
    const { pipe } = await opened(server);
    pipe.send(new Blob(['first']));
    pipe.send('second');
    expect(pipe.bufferedAmount).to.equal(11);
    const post = await server.take('POST');
    expect(post.frames).to.deep.equal(['s1:first', 's2:second']);
  });

  it('sends what was there when send was called', async () => {
    const { pipe } = await opened(server);
    const bytes = Uint8Array.of(65, 66, 67);
    pipe.send(bytes.subarray(1));
    bytes.fill(0);
    expect((await server.take('POST')).frames).to.deep.equal(['s1:BC']);
  });

  it('refuses what it has no room for, and what the server would not take', async () => {
    const { pipe } = await opened(server, { limits: { messages: 2, bytes: 10 } }, { limit: 8 });
    expect(() => pipe.send('123456789')).to.throw(DOMException, 'the message has 9 bytes; the server takes no more than 8').with.property('name', 'QuotaExceededError');
    pipe.send('12345');
    expect(() => pipe.send('678901')).to.throw(DOMException).with.property('name', 'QuotaExceededError');
    pipe.send('');
    expect(() => pipe.send('')).to.throw(DOMException).with.property('name', 'QuotaExceededError');
    expect(pipe.bufferedAmount).to.equal(5);
  });

  it('splits what is large into several requests', async () => {
    const { pipe } = await opened(server);
    for (let count = 0; count < 3; count += 1) pipe.send('x'.repeat(700_000));
    const first = await server.take('POST');
    expect(first.frames.length).to.equal(1);
    first.records('a1:');
    expect((await server.take('POST')).frames[0].slice(0, 4)).to.equal('s2:x');
  });

  it('closes when all is acknowledged', async () => {
    const { pipe, poll } = await opened(server);
    pipe.send('a');
    pipe.close(3333, 'done');
    expect(pipe.readyState).to.equal(2);
    const post = await server.take('POST');
    expect(poll.aborted).to.equal(true);
    await turn();
    expect(pipe.readyState).to.equal(2);
    pipe.send('too late');
    expect(pipe.bufferedAmount).to.equal(9);
    post.records('a1:');
    const { code, reason, wasClean } = await next(pipe, 'close');
    expect([code, reason, wasClean, pipe.bufferedAmount]).to.deep.equal([3333, 'done', true, 8]);
    await turn();
    expect([server.left, timers.live.size]).to.deep.equal([[], 0]);
  });

  it('closes with 1006 when it is not acknowledged in time', async () => {
    const { pipe } = await opened(server, { timeout: 40 });
    pipe.send('a');
    const post = await server.take('POST');
    pipe.close();
    const { code, reason, wasClean } = await next(pipe, 'close');
    expect(code, reason).to.equal(1006);
    expect(wasClean).to.equal(false);
    expect(post.aborted).to.equal(true);
    await turn();
    expect(timers.live.size).to.equal(0);
  });
});

describe('whole frames, as the Channel has them', () => {
  beforeEach(start);
  afterEach(stop);

  it('are messages, the hello and acknowledgements too, and are sent as they are', async () => {
    const pipe = new LongPolling(HOST, { frames: true });
    pipe.binaryType = 'blob';
    const seen = record(pipe, TYPES);
    const first = await server.next();
    const greeting = hello({ offset: 2 });
    first.begin().write(`t${greeting.length}:${greeting}t4:m1:ab4:m2:\0`).end();
    const second = await server.next();
    expect(second.params.tl_after).to.equal('2');
    pipe.send('s7:x');
    pipe.send(new TextEncoder().encode('s8:y'));
    pipe.send('b0:');
    const post = await server.take('POST');
    expect(post.frames).to.deep.equal(['s7:x', 's8:y']);
    post.records('a8:');
    await until(() => pipe.bufferedAmount === 0);
    const again = hello({ offset: 9, after: 8, missed: '3-8' });
    second.records(again, 'm9:z', 'x4408:slow', 'm10:');
    await next(pipe, 'close');
    const shown = seen.map(({ type, data, code }) => (data instanceof ArrayBuffer ? [...new Uint8Array(data)] : data ?? code ?? type));
    expect(shown).to.deep.equal(['open', greeting, 'm1:a', [109, 50, 58, 0], 'a8:', again, 'm9:z', 'x4408:slow', 4408]);
    expect(seen.filter(({ type }) => type === 'message').map(({ lastEventId }) => lastEventId)).to.deep.equal(['', 'e1:1', 'e1:2', '', '', 'e1:9', '']);
  });

  it('that are none, or the server’s, are not sent', async () => {
    const { pipe } = await opened(server, { frames: true });
    for (const frame of ['hello', 'm1:a', 'a1:', new Uint8Array(), '']) expect(() => pipe.send(frame)).to.throw();
    expect(pipe.bufferedAmount).to.equal(0);
    pipe.close();
  });

  it('show a refusal of a POST before the end', async () => {
    const { pipe, seen } = await opened(server, { frames: true });
    pipe.send('s9:a');
    (await server.take('POST')).status(409, 'a0:', 'x4409:a gap');
    const { code } = await next(pipe, 'close');
    expect(code).to.equal(4409);
    expect(seen.map(({ type, data }) => data ?? type).slice(2)).to.deep.equal(['a0:', 'x4409:a gap', 'close']);
  });
});
