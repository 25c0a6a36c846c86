// What happens when connections break: real ones, by way of links.
import { expect } from './chai/index.js';
import { Ledger, Link, closeAll, connect, managed, next, nextWhere, record, url, within } from './support.js';

/** Comes back at once. */
const SOON = { retry: { backoff: { delayMs: 0, spreadMs: 0 } } };

/** Ends the connection that there is, and waits until the socket knows. */
async function lose(socket, act) {
  const close = next(socket, 'close');
  await act();
  return close;
}

describe('a connection that is lost', () => {
  afterEach(closeAll);

  it('is made again, and what is sent meanwhile arrives in its order', async () => {
    const link = await Link.open();
    const ledger = new Ledger();
    const socket = connect(link.url(ledger.path()), [], SOON);
    const seen = record(socket, ['open', 'close', 'retry', 'statechange']);
    await socket.opened;
    await managed(socket);
    socket.send('1');
    await ledger.wait('messages=1');
    const close = await lose(socket, () => link.order('cut?how=fin'));
    expect([close.target, close.code, close.isTrusted]).to.deep.equal([socket, 1006, true]);
    expect(socket.readyState).to.equal(0);
    socket.send('2');
    socket.send('3');
    await next(socket, 'open');
    socket.send('4');
    const { messages } = await ledger.wait('messages=4');
    expect(messages.map(([, text]) => text)).to.deep.equal(['1', '2', '3', '4']);
    const names = seen.map((event) => (event.type === 'statechange' ? event.phase : event.type));
    expect(names.slice(names.indexOf('close'))).to.deep.equal(['close', 'retry', 'resolving', 'opening', 'up', 'open']);
    expect(names[names.indexOf('close') - 1]).to.equal('waiting');
    const { opens, attempts, closes } = socket.metrics;
    expect({ opens, attempts, closes }).to.deep.equal({ opens: 2, attempts: 2, closes: { 1006: 1 } });
  });

  it('gives the same listeners the next connection’s events', async () => {
    const link = await Link.open();
    const socket = connect(link.url('/echo'), [], SOON);
    const seen = [];
    socket.onmessage = (event) => seen.push(['handler', event.data, event.target === socket]);
    socket.addEventListener('message', (event) => seen.push(['listener', event.data, event.isTrusted]));
    socket.addEventListener('open', () => socket.send('hello'), { once: true });
    await next(socket, 'message');
    await managed(socket);
    await lose(socket, () => link.order('cut?how=reset'));
    await next(socket, 'open');
    socket.send('again');
    await next(socket, 'message');
    expect(seen).to.deep.equal([
      ['handler', 'hello', true],
      ['listener', 'hello', true],
      ['handler', 'again', true],
      ['listener', 'again', true],
    ]);
  });

  it('is a retry event and no close where an attempt does not open, and the wait is told', async () => {
    const link = await Link.open();
    await link.order('stop');
    const socket = connect(link.url('/echo'), [], { retry: { backoff: [10, 20], maxRetries: 2 } });
    const seen = record(socket, ['open', 'error', 'close', 'retry', 'gaveup', 'connecting']);
    await socket.closed;
    const names = seen.map(({ type }) => type).filter((name) => name !== 'connecting');
    expect(names.filter((name) => name !== 'error')).to.deep.equal(['retry', 'retry', 'gaveup', 'close']);
    const [first, second] = seen.filter(({ type }) => type === 'retry');
    expect([first.delayMs, first.attempt, first.cause.kind]).to.deep.equal([10, 0, 'connect-failed']);
    expect([second.delayMs, second.attempt]).to.deep.equal([20, 1]);
    expect(seen.find(({ type }) => type === 'gaveup').why).to.deep.equal({ kind: 'retries', retries: 2 });
    expect(socket.readyState).to.equal(3);
    expect(socket.retryCount).to.equal(2);
  });

  it('is not made again after a code that stops, and the function that decides goes first', async () => {
    const normal = connect(url('/close?code=1000'), [], SOON);
    const gaveup = next(normal, 'gaveup');
    await normal.closed;
    expect((await gaveup).why).to.deep.equal({ kind: 'close-policy', code: 1000 });
    const asked = [];
    const decide = (close) => {
      asked.push(close.code);
      return close.code === 4001 ? 'never' : undefined;
    };
    const own = connect(url('/close?code=4001&reason=no'), [], { retry: { ...SOON.retry, decide } });
    expect((await own.closed).reason).to.equal('no');
    expect(asked).to.deep.equal([4001]);
    const listed = connect(url('/close?code=4100'), [], { retry: { codes: [{ code: [4000, 4999], action: 'never' }] } });
    expect((await listed.closed).code).to.equal(4100);
  });

  it('says of each message what became of it', async () => {
    const link = await Link.open();
    const ledger = new Ledger();
    const socket = connect(link.url(ledger.path()), [], SOON);
    await socket.opened;
    await managed(socket);
    const before = socket.post('handed over');
    expect(before.fate).to.equal('handed-over');
    await ledger.wait('messages=1');
    await lose(socket, () => link.order('stop'));
    expect(before.fate).to.equal('unknown');
    const queued = socket.post('queued');
    const late = socket.post('late', { ttlMs: 1 });
    expect([queued.fate, late.fate]).to.deep.equal(['queued', 'queued']);
    expect(await within('the fate of the late one', late.sent)).to.equal('expired');
    await link.order('start');
    expect(await within('the fate of the queued one', queued.sent)).to.equal('handed-over');
    await ledger.wait('messages=2');
    const [first, second, third] = [before.id, queued.id, late.id];
    expect([second - first, third - first]).to.deep.equal([1, 2]);
    socket.close();
    await socket.closed;
    const after = socket.post('after the end');
    expect([after.id, after.fate]).to.deep.equal([undefined, 'failed']);
  });

  it('rejects what the outbox has no room for, names the limit, and queues the rest', async () => {
    const link = await Link.open();
    await link.order('hang');
    for (const wait of [false, true]) {
      const socket = connect(link.url('/echo'), [], { outbox: { maxMessages: 2, maxBytes: 10 } });
      if (wait) await managed(socket);
      socket.send('1');
      socket.send('2');
      const thrown = [];
      for (const data of ['3', '12345678901']) {
        try {
          socket.send(data);
        } catch (error) {
          thrown.push([error.name, error.message]);
        }
      }
      expect(thrown.map(([name]) => name)).to.deep.equal(['QuotaExceededError', 'QuotaExceededError']);
      expect(thrown[0][1]).to.match(/2 messages of 2 bytes wait, it takes 2 and 10 bytes/);
      expect(thrown[1][1]).to.match(/11 bytes can’t wait in the outbox, which takes 10 bytes/);
      expect(socket.bufferedAmount).to.equal(2);
    }
  });

  it('finds a dead connection by its heartbeat and makes another', async () => {
    const link = await Link.open();
    const heartbeat = { message: 'ping', isReply: (data) => data === 'ping', intervalMs: 50, timeoutMs: 200, jitterMs: 0 };
    const socket = connect(link.url('/echo'), [], { ...SOON, heartbeat });
    const seen = record(socket, ['message']);
    await socket.opened;
    await managed(socket);
    while (socket.metrics.roundTripMs === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(seen).to.deep.equal([]);
    const close = await lose(socket, () => link.order('freeze'));
    expect([close.code, close.target]).to.deep.equal([1006, socket]);
    expect(socket.metrics.dead).to.equal(1);
    await link.order('thaw');
    await next(socket, 'open');
  });

  it('replaces a live connection without a gap', async () => {
    const link = await Link.open();
    const ledger = new Ledger();
    const socket = connect(link.url(ledger.path('push_ms=5')), [], SOON);
    const seen = record(socket, ['open', 'close']);
    await next(socket, 'message');
    await managed(socket);
    expect(socket.replace()).to.equal(true);
    expect(socket.replace()).to.equal(false);
    await next(socket, 'open');
    expect(socket.readyState).to.equal(1);
    await next(socket, 'message');
    await link.wait('open=1');
    expect(seen.map(({ type }) => type)).to.deep.equal(['open', 'open']);
    expect(socket.metrics.replaced).to.equal(1);
  });

  it('connects anew when it is asked to, with the code that was given, also after the end', async () => {
    const socket = connect(url('/echo'), [], SOON);
    await socket.opened;
    await managed(socket);
    const close = next(socket, 'close');
    socket.reconnect(3500, 'anew');
    expect((await close).code).to.equal(1000);
    await next(socket, 'open');
    socket.close();
    await socket.closed;
    socket.reconnect();
    expect(socket.readyState).to.equal(0);
    await socket.opened;
    socket.send('alive');
    expect((await next(socket, 'message')).data).to.equal('alive');
    socket.close(3002);
    expect((await socket.closed).code).to.equal(3002);
  });

  it('asks for URL and subprotocols before each attempt, sync or async, and stops when there is none', async () => {
    const link = await Link.open();
    const asked = [];
    const provide = async ({ retry, last }) => {
      asked.push([retry, last?.kind]);
      if (asked.length === 2) throw new Error('not now');
      if (asked.length === 4) return null;
      return { url: link.url(`/protocol?choose=v${asked.length}`), protocols: [`v${asked.length}`, 'other'] };
    };
    const socket = connect(provide, [], SOON);
    expect(socket.url).to.equal('');
    await socket.opened;
    await managed(socket);
    expect([socket.url, socket.protocol]).to.deep.equal([link.url('/protocol?choose=v1'), 'v1']);
    await lose(socket, () => link.order('cut?how=fin'));
    await next(socket, 'open');
    expect(socket.protocol).to.equal('v3');
    const gaveup = next(socket, 'gaveup');
    await lose(socket, () => link.order('cut?how=fin'));
    const { why } = await gaveup;
    expect(why).to.deep.equal({ kind: 'provider' });
    expect(asked).to.deep.equal([
      [0, undefined],
      [1, 'closed'],
      [2, 'resolve-failed'],
      [3, 'closed'],
    ]);
  });

  it('runs a handshake before the connection counts as up', async () => {
    const socket = connect(url('/echo'), [], {
      ...SOON,
      handshake: async (greeting) => {
        greeting.send('token');
        return (await greeting.next()) === 'token';
      },
    });
    const seen = record(socket, ['message', 'open']);
    socket.send('queued');
    await next(socket, 'open');
    await nextWhere(socket, 'message', ({ data }) => data === 'queued');
    expect(seen.map(({ type, data }) => data ?? type)).to.deep.equal(['open', 'queued']);
    const refused = connect(url('/echo'), [], { retry: { backoff: [0], maxRetries: 1 }, handshake: () => false });
    const causes = record(refused, ['retry']);
    await refused.closed;
    expect(causes.map(({ cause }) => cause.kind)).to.deep.equal(['handshake-failed']);
  });

  it('leaves the page alone when it is put away, and comes back', async () => {
    const link = await Link.open();
    const socket = connect(link.url('/echo'), [], { ...SOON, page: { wakeSpreadMs: 0 } });
    await socket.opened;
    await managed(socket);
    const close = next(socket, 'close');
    globalThis.dispatchEvent(new Event('pagehide'));
    expect([(await close).code, socket.phase]).to.deep.equal([4010, 'suspended']);
    await link.wait('open=0');
    globalThis.dispatchEvent(new Event('pageshow'));
    await next(socket, 'open');
  });
});
