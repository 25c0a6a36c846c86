// nginx in front, with TLS, and what happens when it reloads, or is stopped and started, while messages are underway.
import { ALL, Topic, closeChannels, open, publish, take, until } from './channel-support.js';
import { SOON, Sender, carryOut, fresh, none, order, same } from './others-kit.js';
import { closeAll, connect, engine, next, within } from './support.js';

/** What asks by HTTP does so in version 2, unless it says otherwise; a WebSocket is made with 1.1. */
const ONE_BY_ONE = ['websocket', 'event-stream', 'fetch-stream', 'long-polling', 'polling'];

/** A new worker takes over, and the old one ends its connections; or nginx is away for a moment. */
async function disturb(control, round) {
  if (round % 2 === 0) return order(control, 'nginx', 'reload');
  await order(control, 'nginx', 'stop');
  return order(control, 'nginx', 'start');
}

/** A socket through nginx to ws, which writes down what arrives. */
async function socketStaysUp({ server, control, rounds, seen }) {
  const id = fresh();
  const socket = connect(seen(id), [], SOON);
  const sender = new Sender(socket, Infinity);
  for (let round = 0; round < rounds; round += 1) {
    while (socket.readyState !== 1) await next(socket, 'open');
    await next(socket, 'message');
    const [close, again] = [next(socket, 'close'), next(socket, 'open')];
    await Promise.all([disturb(control, round), close]);
    await again;
  }
  sender.stop();
  await sender.finish();
  const book = new WebSocket(`wss://${server}/seen/${id}`);
  const { messages } = JSON.parse((await next(book, 'message')).data);
  const counts = sender.account(messages);
  const { opens, closes } = socket.metrics;
  same(opens >= rounds + 1, true, `opens, of which there were ${opens}`);
  return { ...counts, opens, closes };
}

/** A topic of our own server's, past nginx. */
function topicAt(own) {
  const topic = new Topic('nginx-');
  Object.defineProperty(topic, 'url', { value: `http://${own}/channel/${topic.name}` });
  return topic;
}

/** A channel through nginx to our own server, with messages both ways. */
async function channelLosesNothing({ server, own, control, rounds }, transports) {
  const topic = topicAt(own);
  const counts = { sent: 0, received: 0, missing: 0, doubled: 0, disordered: 0, opens: 0, ends: 0, steppeddown: 0, otherFates: 0 };
  const channel = open(`https://${server}/channel/${topic.name}`, { transports });
  const fates = new Map();
  channel.addEventListener('fate', ({ first, last, fate }) => {
    for (let number = first; number <= last; number += 1) {
      if (fate !== 'accepted' || fates.has(number)) counts.otherFates += 1;
      fates.set(number, fate);
    }
  });
  channel.addEventListener('lost', () => (counts.ends += 1));
  channel.addEventListener('open', () => (counts.opens += 1));
  channel.addEventListener('steppeddown', () => (counts.steppeddown += 1));
  channel.addEventListener('missed', () => (counts.missing += 1));
  const reader = channel.messages();
  await within('the channel', channel.opened);
  /** It is lost, and up again. A poll may have been answered in time, and the next one is another connection's. */
  const again = async (round) => {
    if (channel.kind.endsWith('polling') || round === rounds) return;
    await next(channel, 'lost');
    await next(channel, 'open');
  };
  const both = async (count) => {
    for (let each = 0; each < count; each += 1) channel.send(`up ${(counts.sent += 1)}`);
    await topic.order(`publish?count=${count}&size=12`);
  };
  let ups = 0;
  for (let round = 0; round <= rounds; round += 1) {
    // Half of them are underway when it happens, half are sent meanwhile.
    await both(5);
    const isBack = again(round);
    const disturbed = round < rounds && disturb(control, round);
    await both(5);
    await Promise.all([disturbed, isBack]);
    for (const end = counts.received + 20; counts.received < end; ) {
      const [offset, text] = await take(reader, `after ${counts.received} in round ${round}`);
      if (offset <= counts.received) counts.doubled += 1;
      else counts.missing += offset - counts.received - 1;
      counts.received = Math.max(offset, counts.received);
      if (text.startsWith('up ') && text !== `up ${(ups += 1)}`) counts.disordered += 1;
    }
  }
  await within('every acknowledgement', until(() => channel.unacknowledged.messages === 0));
  none(counts, ['missing', 'doubled', 'disordered', 'otherFates']);
  same([ups, fates.size], [counts.sent, counts.sent], 'ours that came back, and those with a fate');
  const state = await topic.state();
  same([state.offset, state.accepted], [counts.received, counts.sent], 'what the server has, and has handled');
  return counts;
}

/** WebKit, over HTTP/2, does not tell the end of a stream whose connection has ended: its silence does. */
async function silenceTells({ server, own, control }) {
  const topic = topicAt(own);
  await topic.order('set?beat_ms=100');
  const channel = open(`https://${server}/channel/${topic.name}`, { transports: ['event-stream'], beatTimeoutMs: 300, connectTimeoutMs: 1000 });
  const reader = channel.messages();
  await within('the channel', channel.opened);
  const again = next(channel, 'lost').then(async ({ cause }) => [cause.kind, await next(channel, 'open')]);
  await disturb(control, 0);
  const [cause, { recovered }] = await again;
  same([cause, recovered], ['silent', true], 'cause, and where it goes on');
  await publish(topic, 'hello');
  same((await take(reader))[1], 'hello', 'message');
}

/** Over what a channel opens through this part of the configuration, and after how long; one message comes through. */
async function comesThrough({ server, own }, place, options) {
  const topic = topicAt(own);
  const channel = open(`https://${server}${place}/channel/${topic.name}`, { transports: ['event-stream', 'long-polling'], ...options });
  const reader = channel.messages();
  const start = performance.now();
  await within('the channel', channel.opened);
  const openedAfter = Math.round(performance.now() - start);
  await publish(topic, 'hello');
  same((await take(reader))[1], 'hello', 'message');
  return { kind: channel.kind, openedAfter };
}

/** A server whose certificate is of an authority that the browser does not know. */
async function refused({ strange }) {
  const socket = connect(`wss://${strange}/echo`, [], SOON);
  const opened = [];
  socket.addEventListener('open', () => opened.push('socket'));
  const { cause } = await next(socket, 'retry');
  // Firefox says that it was TLS, the others say no more than that it failed.
  same([cause.kind, cause.close.code], ['connect-failed', engine === 'firefox' ? 1015 : 1006], 'cause');
  await next(socket, 'retry');
  const channel = open(`https://${strange}/channel/any`, { transports: ALL });
  channel.addEventListener('open', () => opened.push('channel'));
  await next(channel, 'retry');
  await next(channel, 'retry');
  same(opened, [], 'what opened');
}

export async function run(args) {
  const seen = (id) => `wss://${args.server}/ledger/${id}`;
  // WebKit's library for HTTP loses a connection of version 2 that the server ends, and after some of them no request gets through any more.
  const two = engine !== 'webkit';
  const one = (given) => ({ ...given, server: given.http1 });
  const cases = [
    ['a socket through its reloads and restarts: the fates add up', socketStaysUp],
    ...(two ? ONE_BY_ONE : ['websocket']).map((kind) => [
      `a channel by ${kind} through its reloads and restarts: nothing lost, doubled or out of order`,
      (given) => channelLosesNothing(given, [kind]),
    ]),
    ...ONE_BY_ONE.slice(1).map((kind) => [`a channel by ${kind} over HTTP/1.1`, (given) => channelLosesNothing(one(given), [kind])]),
    ['a channel by all of them', (given) => channelLosesNothing(two ? given : one(given), ALL)],
    ['a stream with nginx’s own buffering, which listens to the server', async (given) => {
      const found = await comesThrough(given, '/default', {});
      same(found.kind, 'event-stream', 'transport');
      return found;
    }],
    ['a stream that is buffered all the same is stepped around', async (given) => {
      const found = await comesThrough(one(given), '/buffered', { connectTimeoutMs: 300 });
      same(found.kind, 'long-polling', 'transport');
      return found;
    }],
    // Here nginx hands on what it has; no promise of its own.
    ['buffered all the same, over HTTP/2: a message comes through', (given) => comesThrough(given, '/buffered', { connectTimeoutMs: 300 })],
    ['a certificate of an unknown authority is a failed attempt and a retry, and nothing opens', refused],
  ];
  if (!two) cases.push(['a stream over HTTP/2 whose end is not told is found by its silence', silenceTells]);
  return carryOut(cases, { ...args, seen }, () => {
    closeAll();
    closeChannels();
  });
}
