// What polls do with answers that come twice, late or out of order: with a server inside the page, so that each comes when the test says so.
import { expect } from './chai/index.js';
import { LongPolling } from '/dist/long-polling.js';
import { Polling } from '/dist/polling.js';
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

describe('polling at a fixed rate', () => {
  beforeEach(start);
  afterEach(stop);

  it('keeps the order and counts where answers overtake each other', async () => {
    const { pipe, seen, poll: first } = await opened(server, { fixed: 'rate', every: 1 });
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
    const { pipe, seen, poll: first } = await opened(server, { fixed: 'rate', every: 1 });
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
    const { pipe, seen, poll: first } = await opened(server, { fixed: 'rate', every: 1 });
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
    const { pipe } = await opened(server, { fixed: 'rate', every: 1 });
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
    const { pipe, seen, poll } = await opened(server);
    poll.records(hello({ offset: 2 }), 'm1:a', 'm2:b');
    (await server.next()).records(hello({ offset: 3 }), 'm1:a', 'm2:b', 'm3:c');
    await until(() => pipe.offset === 3);
    expect(seen.filter(({ type }) => type === 'message').map(({ data }) => data)).to.deep.equal(['a', 'b', 'c']);
    expect(pipe.repeated).to.equal(2);
    pipe.close();
  });

  it('says what is missing', async () => {
    const { pipe, seen, poll } = await opened(server);
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
