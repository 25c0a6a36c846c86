// What a socket does when the server, or the connection, goes: the cases of staying up.
import { SOON, Sender, asked, ended, fresh, opened, order, same } from './others-kit.js';
import { connect, engine, next, record, within } from './support.js';

/** What the documentation says of close codes. */
const CODES = [
  [1000, false],
  [1001, true],
  [1008, false],
  [1011, true],
  [1012, true],
  [1013, true],
  [3000, false],
  [4000, true],
];

const endOf = ({ code, reason, wasClean }) => [code, reason, wasClean];

/** How the browser's own class hears of an end. */
async function bareEnd(to, words) {
  const socket = new WebSocket(to);
  await next(socket, 'open');
  const close = next(socket, 'close');
  socket.send(words);
  return endOf(await close);
}

export const LOST = [
  ...CODES.map(([code, comesBack]) => [
    `after ${code} it ${comesBack ? 'comes back' : 'has ended'}`,
    async ({ server }) => {
      const words = `close ${code} because of ${code}`;
      const wanted = await bareEnd(`${server.url}/control`, words);
      const socket = await opened(`${server.url}/control`);
      const [close, again] = [next(socket, 'close'), comesBack && next(socket, 'open')];
      socket.send(words);
      same(endOf(await close), wanted, 'close, beside that of the browser’s class');
      // WebKit takes codes above 1011, and below 3000, for none.
      const isKnown = engine !== 'webkit' || code <= 1011 || code >= 3000;
      same(wanted, isKnown ? [code, `because of ${code}`, true] : [1006, '', false], 'close');
      if (!comesBack) {
        same([socket.readyState, (await socket.closed).code], [3, code], 'its end');
        return;
      }
      same(socket.readyState, 0, 'state');
      await again;
      same(await asked(socket, 'again'), 'again', 'text');
    },
  ]),
  ['a hint in the close reason decides the wait', async ({ server }) => {
    const socket = await opened(`${server.url}/control`);
    const [retry, again] = [next(socket, 'retry'), next(socket, 'open')];
    socket.send('close 4000 retry-in=70+0');
    same((await retry).delayMs, 70, 'wait');
    await again;
  }],
  ['a sudden end: it comes back, what waits goes out, and the fates add up', async ({ short, seen }) => {
    const id = fresh();
    const count = short ? 100 : 600;
    const socket = connect(seen.url(id, 25), [], SOON);
    const sender = new Sender(socket, count);
    await sender.finish();
    const counts = sender.account(await seen.messages(id, 0));
    const ends = socket.metrics.closes[1006];
    same(ends, Math.floor((counts.arrived + counts.last) / 25), 'sudden ends');
    return { ...counts, ends };
  }],
  ['a server that is stopped and started: what was sent meanwhile arrives in its order', async ({ server, control, name }) => {
    const socket = await opened(`${server.url}/echo`);
    same(await asked(socket, 'before'), 'before', 'text');
    const close = next(socket, 'close');
    await order(control, name, 'stop');
    await close;
    const receipts = ['1', '2', '3'].map((text) => socket.post(text));
    same(receipts.map(({ fate }) => fate), ['queued', 'queued', 'queued'], 'fates');
    const seen = record(socket, ['open', 'message']);
    await next(socket, 'retry');
    await order(control, name, 'start');
    while (seen.length < 4) await next(socket, seen.length === 0 ? 'open' : 'message');
    same(seen.map(({ data }) => data), [undefined, '1', '2', '3'], 'messages');
    same(receipts.map(({ fate }) => fate), ['handed-over', 'handed-over', 'handed-over'], 'fates');
    same((await ended(socket)).wasClean, true, 'clean');
  }],
  ['a refused upgrade is a retry that says so, and no close', async ({ server }) => {
    const statuses = [403, 404, 503];
    const asks = [];
    const provide = ({ retry, last }) => {
      asks.push([retry, last?.kind, last?.close?.code]);
      const status = statuses[asks.length - 1];
      return status ? `${server.url}/refuse?status=${status}` : `${server.url}/echo`;
    };
    const socket = connect(provide, [], SOON);
    const seen = record(socket, ['open', 'close', 'retry']);
    await within('the connection after three refusals', socket.opened);
    same(seen.map(({ type }) => type), ['retry', 'retry', 'retry', 'open'], 'events');
    const failed = (retry) => [retry, 'connect-failed', 1006];
    same(asks, [[0, undefined, undefined], failed(1), failed(2), failed(3)], 'why it asked');
    same(await asked(socket, 'in'), 'in', 'text');
  }],
  ['a heartbeat is answered, measured and kept from the application', async ({ server }) => {
    const heartbeat = { message: 'ping', isReply: (data) => data === 'ping', intervalMs: 20, timeoutMs: 10_000, jitterMs: 0 };
    const socket = await opened(`${server.url}/echo`, [], { heartbeat });
    const seen = record(socket, ['message', 'close']);
    await within('a round trip', (async () => {
      while (socket.metrics.roundTripMs === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    })());
    same(seen.length, 0, 'messages and ends that the application saw');
  }],
  ['a connection is replaced without a gap', async ({ seen }) => {
    const id = fresh();
    const socket = await opened(seen.url(id));
    const events = record(socket, ['close', 'message']);
    for (let at = 0; at < 20; at += 1) socket.send(`old ${at}`);
    const again = next(socket, 'open');
    same(socket.replace(), true, 'replaces');
    await again;
    for (let at = 0; at < 20; at += 1) socket.send(`new ${at}`);
    // A browser delivers nothing of a connection that is being closed: of the old ones not every answer may come.
    const isNew = ({ data }) => data?.startsWith('new');
    while (events.filter(isNew).length < 20) await next(socket, 'message');
    same(events.filter(({ type }) => type === 'close').length, 0, 'closes');
    const arrived = (await seen.messages(id, 40)).map(([, text]) => text);
    same([arrived.length, new Set(arrived).size], [40, 40], 'what arrived');
    same(socket.metrics.replaced, 1, 'replaced');
  }],
];
