// Sending by POST, and what the transports do with answers that come twice, late or out of order: with a server inside the page, so that each answer
// comes when the test says so.
import { expect } from './chai/index.js';
import { LongPolling } from '/dist/long-polling.js';
import { Polling } from '/dist/polling.js';
import { FakeServer, Timers, hello } from './push-fake.js';
import { next, record, turn, within } from './support.js';

const HOST = 'https://channel.example/channel/c?token=t&x=%20+';
const TYPES = ['open', 'message', 'error', 'close', 'gap'];

let server;
let timers;

describe('sending by POST', () => {
  beforeEach(start);
  afterEach(stop);

  it('numbers messages, and batches what is sent in one turn', async () => {
    const { pipe } = await opened();
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
    const { pipe } = await opened();
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

  it('sends the same again after what may help, and ends after what does not', async () => {
    const { pipe, seen } = await opened();
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
    const { pipe } = await opened();
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
    const { pipe } = await opened();
    for (const text of ['a', 'b', 'c']) pipe.send(text);
    (await server.take('POST')).records('a2:');
    const second = await server.take('POST');
    expect(second.frames).to.deep.equal(['s3:c']);
    second.records('a3:');
    await until(() => pipe.bufferedAmount === 0);
  });

  it('takes an acknowledgement that comes with a hello', async () => {
    const { pipe, poll } = await opened();
    pipe.send('a');
    const post = await server.take('POST');
    poll.records(hello({ ack: 1 }));
    await until(() => pipe.bufferedAmount === 0);
    post.fail();
    await turn();
    expect(server.all.filter(({ method }) => method === 'POST').length).to.equal(1);
  });

  it('goes on after the numbers that a known session has used', async () => {
    const { pipe } = await opened({ session: 'a-session-of-before' }, { ack: 41 });
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
      const { pipe } = await opened();
      pipe.send('a');
      (await server.take('POST')).records(...frames);
      const close = await next(pipe, 'close');
      expect([close.code, close.reason]).to.deep.equal([code, reason]);
    }
  });

  it('ends at a gap in the numbers', async () => {
    const { pipe } = await opened();
    pipe.send('a');
    (await server.take('POST')).status(409, 'a0:', 'x4409:a gap');
    const { code, reason } = await next(pipe, 'close');
    expect([code, reason]).to.deep.equal([4409, 'a gap']);
  });

  it('keeps the order where a Blob is to be read first', async () => {
    const { pipe } = await opened();
    pipe.send(new Blob(['first']));
    pipe.send('second');
    expect(pipe.bufferedAmount).to.equal(11);
    const post = await server.take('POST');
    expect(post.frames).to.deep.equal(['s1:first', 's2:second']);
  });

  it('sends what was there when send was called', async () => {
    const { pipe } = await opened();
    const bytes = Uint8Array.of(65, 66, 67);
    pipe.send(bytes.subarray(1));
    bytes.fill(0);
    expect((await server.take('POST')).frames).to.deep.equal(['s1:BC']);
  });

  it('refuses what it has no room for, and what the server would not take', async () => {
    const { pipe } = await opened({ limits: { messages: 2, bytes: 10 } }, { limit: 8 });
    expect(() => pipe.send('123456789')).to.throw(DOMException, 'the message has 9 bytes; the server takes no more than 8').with.property('name', 'QuotaExceededError');
    pipe.send('12345');
    expect(() => pipe.send('678901')).to.throw(DOMException).with.property('name', 'QuotaExceededError');
    pipe.send('');
    expect(() => pipe.send('')).to.throw(DOMException).with.property('name', 'QuotaExceededError');
    expect(pipe.bufferedAmount).to.equal(5);
  });

  it('splits what is large into several requests', async () => {
    const { pipe } = await opened();
    for (let count = 0; count < 3; count += 1) pipe.send('x'.repeat(700_000));
    const first = await server.take('POST');
    expect(first.frames.length).to.equal(1);
    first.records('a1:');
    expect((await server.take('POST')).frames[0].slice(0, 4)).to.equal('s2:x');
  });

  it('closes when all is acknowledged', async () => {
    const { pipe, poll } = await opened();
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
    const { pipe } = await opened({ timeout: 40 });
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

describe('polling at a fixed rate', () => {
  beforeEach(start);
  afterEach(stop);

  it('keeps the order and counts where answers overtake each other', async () => {
    const { pipe, seen, poll: first } = await opened({ fixed: 'rate', every: 1 });
    const second = await server.take('GET');
    const third = await server.take('GET');
    expect([first, second, third].map(({ params }) => params.tl_after)).to.deep.equal(['0', '0', '0']);
    third.records(hello({ offset: 2 }), 'm1:a', 'm2:b');
    await until(() => pipe.offset === 2);
    first.records(hello({ offset: 1 }), 'm1:a');
    await until(() => pipe.overtaken === 1);
    second.records(hello({ offset: 3 }), 'm1:a', 'm2:b', 'm3:c');
    await until(() => pipe.offset === 3);
    expect(seen.filter(({ type }) => type === 'message').map(({ data, lastEventId }) => [data, lastEventId])).to.deep.equal([
      ['a', 'e1:1'],
      ['b', 'e1:2'],
      ['c', 'e1:3'],
    ]);
    expect([pipe.overtaken, pipe.repeated]).to.deep.equal([2, 3]);
    pipe.close();
  });

  it('keeps the order where two answers arrive in pieces at once', async () => {
    const { pipe, seen, poll: first } = await opened({ fixed: 'rate', every: 1 });
    const second = await server.take('GET');
    const record = (frame) => `t${frame.length}:${frame}`;
    first.begin().write(record(hello({ offset: 3 })) + record('m1:a'));
    await until(() => pipe.offset === 1);
    second.begin().write(record(hello({ offset: 3 })) + record('m1:a') + record('m2:b'));
    await until(() => pipe.offset === 2);
    first.write(record('m2:b') + record('m3:c')).end();
    await until(() => pipe.offset === 3);
    second.write(record('m3:c')).end();
    await until(() => pipe.repeated === 3);
    expect(seen.filter(({ type }) => type === 'message').map(({ data }) => data)).to.deep.equal(['a', 'b', 'c']);
    pipe.close();
  });

  it('does not go back to an older life of the channel by an answer that is late', async () => {
    const { pipe, seen, poll: first } = await opened({ fixed: 'rate', every: 1 });
    const second = await server.take('GET');
    second.records(hello({ epoch: 'e2', offset: 1 }), 'm1:new');
    await until(() => pipe.epoch === 'e2' && pipe.offset === 1);
    first.records(hello({ offset: 2 }), 'm1:old', 'm2:old');
    await until(() => pipe.overtaken === 1);
    await turn();
    expect(seen.map(({ type, data }) => data ?? type)).to.deep.equal(['open', 'gap', 'new']);
    expect(seen[1].detail).to.deep.equal({ epoch: 'e1', from: 1, to: null, recovered: false });
    pipe.close();
  });

  it('asks once at a time until it is open: from now on is another place each time', async () => {
    const pipe = new Polling(HOST, { fixed: 'rate', every: 1 });
    const first = await server.next();
    await until(() => pipe.skipped > 3);
    expect([server.left, pipe.requests]).to.deep.equal([[], 1]);
    first.records(hello({ offset: 5, after: 5 }));
    expect((await server.next()).params).to.include({ tl_epoch: 'e1', tl_after: '5' });
    pipe.close();
  });

  it('has no more than six requests under way', async () => {
    const { pipe } = await opened({ fixed: 'rate', every: 1 });
    await until(() => pipe.skipped > 5);
    expect(server.all.filter(({ aborted }) => !aborted).length).to.equal(6);
    expect(pipe.requests).to.equal(7);
    pipe.close();
    await next(pipe, 'close');
    expect(server.all.filter(({ aborted }) => !aborted)).to.deep.equal([]);
  });
});

describe('polling with a fixed delay', () => {
  beforeEach(start);
  afterEach(stop);

  it('asks again after the answer, and at once where there is more', async () => {
    const pipe = new Polling(HOST, { every: 30, session: 'x'.repeat(16) });
    const first = await server.next();
    expect(first.params).to.include({ tl_session: 'x'.repeat(16), tl_wait: '0' });
    first.records(hello({ offset: 2 }), 'm1:a');
    const [begun, second] = [performance.now(), await server.next()];
    expect(performance.now() - begun).to.be.below(25);
    expect(second.params).to.include({ tl_epoch: 'e1', tl_after: '1' });
    second.records(hello({ offset: 2, after: 1 }), 'm2:b');
    const answered = performance.now();
    (await server.next()).status(204);
    expect(performance.now() - answered).to.be.above(25);
    await server.next();
    pipe.close();
  });

  it('drops and counts what comes again', async () => {
    const { pipe, seen, poll } = await opened();
    poll.records(hello({ offset: 2 }), 'm1:a', 'm2:b');
    (await server.next()).records(hello({ offset: 3 }), 'm1:a', 'm2:b', 'm3:c');
    await until(() => pipe.offset === 3);
    expect(seen.filter(({ type }) => type === 'message').map(({ data }) => data)).to.deep.equal(['a', 'b', 'c']);
    expect(pipe.repeated).to.equal(2);
    pipe.close();
  });

  it('says what is missing', async () => {
    const { pipe, seen, poll } = await opened();
    poll.records(hello({ offset: 7, after: 5, missed: '1-5' }), 'm6:a');
    (await server.next()).records(hello({ epoch: 'e2', offset: 9, after: 4, missed: '1-4' }), 'm5:b');
    await until(() => pipe.offset === 5 && pipe.epoch === 'e2');
    expect(seen.map(({ type, data, detail }) => detail ?? data ?? type)).to.deep.equal([
      'open',
      { epoch: 'e1', from: 1, to: 5, recovered: false },
      'a',
      { epoch: 'e1', from: 7, to: null, recovered: false },
      { epoch: 'e2', from: 1, to: 4, recovered: false },
      'b',
    ]);
    pipe.close();
  });

  it('asks for the hello until it is there, and begins its session only then', async () => {
    const pipe = new Polling(HOST, { every: 1, epoch: 'e1', after: 5 });
    const first = await server.next();
    expect(first.params).to.include({ tl_begin: '1', tl_hello: '1', tl_epoch: 'e1', tl_after: '5' });
    first.records(hello({ offset: 5, after: 5, ack: 3 }));
    const second = await server.next();
    expect(second.params).not.to.have.any.keys('tl_begin', 'tl_hello');
    pipe.send('a');
    expect((await server.take('POST')).frames).to.deep.equal(['s4:a']);
    pipe.close();
  });

  it('ends where the first poll is answered without a hello', async () => {
    const pipe = new Polling(HOST, { epoch: 'e1', after: 5 });
    (await server.next()).status(204);
    const { code, reason } = await next(pipe, 'close');
    expect([code, reason]).to.deep.equal([4400, 'the first poll was answered without a hello']);
  });

  it('ends where the server has forgotten its session', async () => {
    const pipe = new Polling(HOST, { begin: false });
    const first = await server.next();
    expect(first.params).not.to.have.property('tl_begin');
    first.records('h1:epoch=e1&offset=0&after=0&session=new&beat=0&limit=100');
    const { code, reason } = await next(pipe, 'close');
    expect([code, reason]).to.deep.equal([4409, 'the server has forgotten the session']);
  });
});

describe('long polling', () => {
  beforeEach(start);
  afterEach(stop);

  it('asks again at once, and lets the server hold the request', async () => {
    const pipe = new LongPolling(HOST, { wait: 60_000 });
    const first = await server.next();
    expect(first.params.tl_wait).to.equal('0');
    first.records(hello());
    const second = await server.next();
    expect(second.params).to.include({ tl_wait: '60000', tl_after: '0' });
    second.records(hello({ offset: 1 }), 'm1:a');
    expect((await server.next()).params).to.include({ tl_wait: '60000', tl_after: '1' });
    expect(pipe.requests).to.equal(3);
    pipe.close();
  });

  it('does not storm a server that holds nothing', async () => {
    const pipe = new LongPolling(HOST, { wait: 60_000 });
    (await server.next()).records(hello());
    const begun = performance.now();
    (await server.next()).status(204);
    (await server.next()).records(hello());
    await server.next();
    expect(performance.now() - begun).to.be.above(1900);
    pipe.close();
    await next(pipe, 'close');
    expect(timers.live.size).to.equal(0);
  });

  it('tells a held request’s silence from a timeout within the answer, and from a close', async () => {
    const ends = [];
    for (const answer of [() => {}, (poll) => poll.begin(), (poll, pipe) => pipe.close()]) {
      const pipe = new LongPolling(HOST, { wait: 30, timeout: 30 });
      (await server.next()).records(hello());
      const held = await server.next();
      answer(held, pipe);
      const { code, reason, wasClean } = await next(pipe, 'close');
      ends.push([code, reason, wasClean, held.aborted]);
    }
    expect(ends).to.deep.equal([
      [1006, 'no answer in time', false, true],
      [1006, 'the answer stopped in the middle', false, true],
      [1005, '', true, true],
    ]);
  });

  it('waits while it is paused, also within an answer', async () => {
    const pipe = new LongPolling(HOST, { wait: 30, timeout: 60 });
    const seen = record(pipe, TYPES);
    pipe.onmessage = () => pipe.pause();
    (await server.next()).records(hello({ offset: 2 }), 'm1:a', 'm2:b');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(seen.map(({ data, type }) => data ?? type)).to.deep.equal(['open', 'a']);
    pipe.resume();
    await until(() => pipe.offset === 2);
    await turn();
    expect(server.left).to.deep.equal([]);
    pipe.resume();
    await server.next();
    pipe.close();
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
    const { pipe } = await opened({ frames: true });
    for (const frame of ['hello', 'm1:a', 'a1:', new Uint8Array(), '']) expect(() => pipe.send(frame)).to.throw();
    expect(pipe.bufferedAmount).to.equal(0);
    pipe.close();
  });

  it('show a refusal of a POST before the end', async () => {
    const { pipe, seen } = await opened({ frames: true });
    pipe.send('s9:a');
    (await server.take('POST')).status(409, 'a0:', 'x4409:a gap');
    const { code } = await next(pipe, 'close');
    expect(code).to.equal(4409);
    expect(seen.map(({ type, data }) => data ?? type).slice(2)).to.deep.equal(['a0:', 'x4409:a gap', 'close']);
  });
});

function start() {
  server = new FakeServer();
  timers = new Timers();
}

function stop() {
  server.restore();
  timers.restore();
}

/** A polling that is open, its events, and the request that waits for its answer. */
async function opened(options, greeting) {
  const pipe = new Polling(HOST, { every: 1, ...options });
  const seen = record(pipe, TYPES);
  (await server.next()).records(hello(greeting));
  await within('open', until(() => pipe.readyState === 1));
  return { pipe, seen, poll: await server.take('GET') };
}

async function until(is) {
  const end = performance.now() + 10_000;
  while (!is()) {
    if (performance.now() > end) throw new Error(`waited for ${is}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
