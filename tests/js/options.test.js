// Options: what is checked, those of other packages by their names, and classes in the place of the browser's.
import { expect } from './chai/index.js';
import { Link, closeAll, connect, managed, next, record, turn, url } from './support.js';

function thrown(attempt) {
  try {
    attempt();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** A class that never connects by itself, and is none of the browser's. */
class Mock {
  static made = [];
  readyState = 0;
  bufferedAmount = 0;
  extensions = '';
  protocol = '';
  binaryType = 'blob';
  sent = [];

  constructor(to, protocols) {
    this.url = to;
    this.protocols = protocols;
    Mock.made.push(this);
  }

  send(data) {
    this.sent.push(data);
  }

  close(code = 1005, reason = '') {
    this.readyState = 3;
    queueMicrotask(() => this.onclose?.({ type: 'close', code, reason, wasClean: true }));
  }

  open() {
    this.readyState = 1;
    this.onopen?.({ type: 'open' });
  }

  receive(data) {
    this.onmessage?.({ type: 'message', data });
  }
}

describe('options', () => {
  afterEach(closeAll);

  it('are checked: an error names the option, its value and what it may be', () => {
    const cases = [
      [{ connectTimeoutMs: 'soon' }, TypeError, /connectTimeoutMs is “soon”; it must be a number of milliseconds/],
      [{ connectTimeoutMs: -1 }, RangeError, /connectTimeoutMs is -1; it must be in 0 to/],
      [{ retry: { maxRetries: 1.5 } }, TypeError, /retry\.maxRetries is 1\.5; it must be a whole number/],
      [{ retry: { backof: 1 } }, TypeError, /retry has no option “backof”/],
      [{ reconnect: true }, TypeError, /options has no option “reconnect”/],
      [{ outbox: { overflow: 'drop' } }, TypeError, /outbox\.overflow is “drop”; it must be reject, drop-oldest, drop-newest/],
      [{ retry: { codes: [{ code: 4000, action: 'stop' }] } }, TypeError, /retry\.codes\[0\]\.action is “stop”/],
      [{ retry: { backoff: [] } }, TypeError, /retry\.backoff is a Array; it must be a list/],
      [{ heartbeat: { intervalMs: NaN } }, TypeError, /heartbeat\.intervalMs is NaN/],
      [{ binaryType: 'text' }, TypeError, /binaryType is “text”/],
      [{ codec: {} }, TypeError, /codec must be “json” or have/],
      [{ debug: 1 }, TypeError, /debug is 1; it must be true or false/],
      [{ page: { suspendCode: 1001 } }, DOMException, /the close code is 1001/],
      [{ maxRetries: '3' }, TypeError, /maxRetries is “3”/],
    ];
    for (const [options, kind, message] of cases) {
      const error = thrown(() => connect(url('/echo'), [], options));
      expect(error, JSON.stringify(options)).to.be.instanceOf(kind);
      expect(error.message).to.match(message);
    }
  });

  it('of reconnecting-websocket 4 have their meaning: its delays, its limit, and 1000 is retried', async () => {
    const socket = connect(url('/close?code=1000'), [], {
      minReconnectionDelay: 20,
      maxReconnectionDelay: 30,
      reconnectionDelayGrowFactor: 1.3,
      minUptime: 10_000,
      connectionTimeout: 4000,
      maxRetries: 3,
    });
    const retries = record(socket, ['retry']);
    await socket.closed;
    expect(retries.map(({ delayMs }) => Math.round(delayMs * 10) / 10)).to.deep.equal([20, 26, 30]);
    expect(retries[0].cause.close.code).to.equal(1000);
    expect(socket.retryCount).to.equal(3);
  });

  it('of reconnecting-websocket start closed, and drop what is too much, with a fate', async () => {
    const logged = [];
    const socket = connect(url('/echo'), undefined, {
      startClosed: true,
      maxEnqueuedMessages: 1,
      debug: true,
      debugLogger: (...values) => logged.push(values.slice(0, 2).join(' ')),
    });
    expect(socket.readyState).to.equal(3);
    await turn();
    expect(socket.metrics.attempts).to.equal(0);
    socket.reconnect();
    expect(socket.readyState).to.equal(0);
    const fates = record(socket, ['fate']);
    socket.send('1');
    socket.send('2');
    expect(fates.map(({ fate, bytes }) => [fate, bytes])).to.deep.equal([['dropped', 1]]);
    expect((await next(socket, 'message')).data).to.equal('1');
    expect(logged).to.include('tautline fate');
    expect(logged.join()).not.to.include('echo');
  });

  it('of partysocket decide by the close event', async () => {
    const asked = [];
    const socket = connect(url('/close?code=4005'), [], {
      shouldReconnectOnClose: ({ code, reason, wasClean }) => {
        asked.push([code, reason, wasClean]);
        return asked.length < 3;
      },
      minReconnectionDelay: 1,
    });
    await socket.closed;
    expect(asked).to.deep.equal(Array.from({ length: 3 }, () => [4005, '', true]));
  });

  it('give another class, whose events need not be the browser’s', async () => {
    Mock.made = [];
    const socket = connect('wss://example.com/live', ['v1'], { WebSocket: Mock });
    const [mock] = Mock.made;
    expect([mock.url, mock.protocols]).to.deep.equal(['wss://example.com/live', ['v1']]);
    const seen = record(socket, ['open', 'message', 'close']);
    socket.onmessage = (event) => seen.push(event);
    mock.open();
    expect(socket.readyState).to.equal(1);
    socket.send('text');
    expect(mock.sent).to.deep.equal(['text']);
    await managed(socket);
    mock.receive('answer');
    socket.close(4000, 'end');
    await socket.closed;
    expect(seen.map((event) => [event.type, event.target === socket, event.data ?? event.code])).to.deep.equal([
      ['open', true, undefined],
      ['message', true, 'answer'],
      ['message', true, 'answer'],
      ['close', true, 4000],
    ]);
    expect(seen[1]).to.be.instanceOf(MessageEvent);
    expect(seen[3]).to.be.instanceOf(CloseEvent);
  });

  it('look the class up at each attempt: one that takes the browser’s place later is seen', async () => {
    Mock.made = [];
    const socket = connect(url('/close?code=4000'), [], { retry: { backoff: [0] } });
    const { WebSocket } = globalThis;
    const replaced = new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }));
    await replaced;
    globalThis.WebSocket = Mock;
    try {
      while (Mock.made.length === 0) await turn();
      Mock.made[0].open();
      expect(socket.readyState).to.equal(1);
    } finally {
      globalThis.WebSocket = WebSocket;
    }
  });

  it('close the socket with a signal, also with one that is aborted already', async () => {
    const controller = new AbortController();
    const socket = connect(url('/echo'), [], { signal: controller.signal });
    await socket.opened;
    await managed(socket);
    controller.abort();
    expect((await socket.closed).wasClean).to.equal(true);
    const never = connect(url('/echo'), [], { signal: AbortSignal.abort() });
    expect((await never.closed).code).to.equal(1006);
    expect(never.metrics.opens).to.equal(0);
  });

  it('rotate through endpoints', async () => {
    const dead = await Link.open();
    await dead.order('stop');
    const socket = connect(dead.url('/echo'), [], { endpoints: [url('/echo'), () => dead.url('/echo')], retry: { backoff: [0] } });
    await socket.opened;
    expect(socket.url).to.equal(url('/echo'));
  });

  it('ask over HTTP whether an attempt is of use', async () => {
    const link = await Link.open();
    const asked = [];
    const socket = connect(link.url('/refuse?status=401'), [], {
      retry: { backoff: [0] },
      probe: { afterFailures: 1, everyMs: 0, ask: (to) => (asked.push(to), { stop: 401 }) },
    });
    const gaveup = next(socket, 'gaveup');
    await socket.closed;
    expect((await gaveup).why).to.deep.equal({ kind: 'probe', status: 401 });
    expect(asked).to.deep.equal([link.url('/refuse?status=401').replace('ws:', 'http:')]);
    const judged = connect(link.url('/refuse?status=403'), [], {
      retry: { backoff: [0] },
      probe: { url: url('/status?code=403').replace('ws:', 'http:'), afterFailures: 1, everyMs: 0 },
    });
    const end = next(judged, 'gaveup');
    await judged.closed;
    expect((await end).why).to.deep.equal({ kind: 'probe', status: 403 });
  });
});
