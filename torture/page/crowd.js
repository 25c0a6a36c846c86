// Many sockets: one after the other, and more at once than the browser has room for.
import { Ledger, ReconnectingWebSocket, engine, next, url, within } from './support.js';

/** Opens one socket after the other, and closes it. */
async function sequence({ count }) {
  const ledger = new Ledger();
  const unclean = {};
  for (let at = 0; at < count; at += 1) {
    const socket = new ReconnectingWebSocket(url(ledger.path()));
    await socket.opened;
    socket.close();
    const { code, wasClean } = await socket.closed;
    if (!wasClean) unclean[code] = (unclean[code] ?? 0) + 1;
  }
  const { accepted, open } = await ledger.wait(`open=0&accepted=${count}`);
  return { accepted, open, unclean };
}

/** Sends each of them a message, and waits for it. */
async function speak(sockets, text) {
  const answers = sockets.map((socket) => next(socket, 'message'));
  for (const socket of sockets) socket.send(text);
  return (await Promise.all(answers)).filter(({ data }) => data === text).length;
}

/** How a socket that may try twice ends, or that it opens. */
function outcome(socket) {
  const why = new Promise((resolve) => socket.addEventListener('gaveup', resolve, { once: true }));
  const ended = async () => `${(await why).why.kind}, close ${(await socket.closed).code}`;
  return within('a socket that opens or fails', Promise.race([socket.opened.then(() => 'open', ended), ended()]));
}

/** WebKit lets those that it has no room for wait: for them the attempt's own end is the one that is told. */
const connectTimeoutMs = 3000;

/** `count` at once, which have to work; then more, until the browser has no room; one of these waits until there is some. */
async function atOnce({ count, more }) {
  const make = (options) => new ReconnectingWebSocket(url('/echo'), [], options);
  const sockets = Array.from({ length: count }, () => make({ retry: { backoff: [100] } }));
  await Promise.all(sockets.map((socket) => within('150 that open', socket.opened)));
  const first = await speak(sockets, 'first');
  const outcomes = {};
  const further = [];
  // By the dozen: browsers open one at a time to an address, and count those that wait.
  for (let at = 0; at < more; at += 12) {
    const batch = Array.from({ length: 12 }, () => make({ connectTimeoutMs, retry: { backoff: [0], maxRetries: 1 } }));
    const ends = await Promise.all(batch.map(outcome));
    for (const end of ends) outcomes[end] = (outcomes[end] ?? 0) + 1;
    further.push(...batch.filter(({ readyState }) => readyState === 1));
    if (ends.every((end) => end !== 'open')) break;
  }
  let patient;
  if (Object.keys(outcomes).some((end) => end !== 'open')) {
    const one = make({ connectTimeoutMs, retry: { backoff: [100] } });
    const { cause } = await next(one, 'retry');
    patient = cause.kind;
    const opened = within('room for one that waited', one.opened);
    further.pop().close();
    await opened;
    further.push(one);
  }
  const then = await speak(sockets, 'then');
  const both = [...sockets, ...further];
  for (const socket of both) socket.close();
  const ends = await Promise.all(both.map(({ closed }) => closed));
  return { first, then, outcomes, opened: both.length, patient, clean: ends.filter(({ wasClean }) => wasClean).length, engine };
}

export const run = ({ what, ...args }) => (what === 'sequence' ? sequence(args) : atOnce(args));
