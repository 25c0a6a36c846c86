// Consumers slower than the sender: a reader in the page, and a server that takes its time.
import { Channel, Topic } from './channel-support.js';
import { Link, ReconnectingWebSocket, turn, url } from './support.js';

const KIB = 1024;
const MIB = 1024 * KIB;
/** A slow reader takes one message in so many milliseconds. */
const EVERY = 10;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Takes a message each 10 ms until `isOver`, then what is left at once. Gives what came, and what it threw. */
async function read(reader, isOver, look) {
  const taken = [];
  for (;;) {
    try {
      const { value, done } = await reader.next();
      if (done) return { taken };
      taken.push(look(value));
    } catch (error) {
      return { taken, error: error.name };
    }
    if (!isOver()) await pause(EVERY);
  }
}

/** What is not above the one before it. */
const disorder = (numbers) => numbers.filter((number, at) => at > 0 && number <= numbers[at - 1]).length;

/** Sends, and counts what came of it. */
function offer(target, text, tally) {
  try {
    target.send(text);
    tally.accepted += 1;
  } catch ({ name }) {
    tally.refused += 1;
    tally.name = name;
  }
}

const JOBS = {
  /** A socket whose server sends `count` messages of `size` bytes as fast as it can, and one slow reader. */
  async reader({ count, size, limits }) {
    const socket = new ReconnectingWebSocket(url(`/flood?count=${count}&size=${size}&kind=text`));
    let isOver = false;
    const reader = socket.messages(limits);
    socket.onclose = () => (isOver = true);
    const { taken, error } = await read(reader, () => isOver, (text) => parseInt(text, 10));
    await socket.closed;
    const gap = taken.findIndex((number, at) => number !== at);
    return {
      received: socket.metrics.messagesReceived,
      taken: taken.length,
      dropped: reader.dropped,
      error,
      disorder: disorder(taken),
      /** How many came before the first gap. */
      unbroken: gap < 0 ? taken.length : gap,
      last: taken.at(-1),
    };
  },

  /** A channel whose server publishes `count` messages at once, and one slow reader: what the history has waits, the rest is told. */
  async channel({ count, size, limits }) {
    const topic = new Topic();
    const channel = new Channel(topic.url, { remember: false, backoff: { delayMs: 0, spreadMs: 0 } });
    const reader = channel.messages(limits);
    const causes = {};
    channel.onlost = ({ cause: { kind } }) => (causes[kind] = (causes[kind] ?? 0) + 1);
    await channel.opened;
    let isOver = false;
    const published = topic.order(`publish?count=${count}&size=${size}`).then(() => (isOver = true));
    let [taken, missed, at, wrong] = [0, 0, 0, undefined];
    while (at < count) {
      const { value } = await reader.next();
      if (value.type === 'message') {
        if (value.offset !== at + 1) wrong ??= `${value.offset} after ${at}`;
        [taken, at] = [taken + 1, value.offset];
      } else {
        if (value.gap.from !== at + 1) wrong ??= `a gap ${JSON.stringify(value.gap)} after ${at}`;
        [missed, at] = [missed + value.gap.to - value.gap.from + 1, value.gap.to];
      }
      if (!isOver) await pause(EVERY);
    }
    await published;
    channel.close();
    await channel.closed;
    return { taken, missed, wrong, causes };
  },

  /** A server that reads nothing for a while and then slowly; the page sends on and on. */
  async server({ count, size, overflow }) {
    const outbox = { maxMessages: 100_000, maxBytes: MIB, highBytes: 256 * KIB, lowBytes: 64 * KIB, overflow };
    const socket = new ReconnectingWebSocket(url('/slow-read?pause_ms=500&rate=8388608'), [], { outbox, closeTimeoutMs: 30_000 });
    const fates = {};
    socket.addEventListener('fate', ({ fate, messages }) => (fates[fate] = (fates[fate] ?? 0) + messages));
    await socket.opened;
    while (!socket.managed) await turn();
    const text = 'x'.repeat(size);
    let most = 0;
    const tally = { accepted: 0, refused: 0, name: undefined };
    for (let at = 0; at < count; at += 1) {
      offer(socket, text, tally);
      most = Math.max(most, socket.bufferedAmount);
      if (at % 1000 === 999) await turn();
    }
    socket.close();
    const { reason, wasClean } = await socket.closed;
    const [, atServer] = /^received (\d+) messages/.exec(reason) ?? [];
    return { ...tally, most, fates, sent: socket.metrics.messagesSent, atServer: Number(atServer), wasClean };
  },

  /** A channel through a link of so many bytes a second, which is lifted in the end: what was accepted arrives. */
  async uplink({ count, size }) {
    const topic = new Topic();
    const link = await Link.open();
    await link.order('limit?rate=50000');
    const channel = new Channel(link.url(new URL(topic.url).pathname), { transports: ['websocket'], remember: false, beatTimeoutMs: 60_000 });
    const fates = {};
    channel.onfate = ({ first, last, fate }) => (fates[fate] = (fates[fate] ?? 0) + last - first + 1);
    await channel.opened;
    const text = 'x'.repeat(size);
    let [most, mostBytes] = [0, 0];
    const tally = { accepted: 0, refused: 0, name: undefined };
    for (let at = 0; at < count; at += 1) {
      offer(channel, text, tally);
      const { messages, bytes } = channel.unacknowledged;
      [most, mostBytes] = [Math.max(most, messages), Math.max(mostBytes, bytes)];
    }
    await link.order('limit?rate=0');
    while (channel.unacknowledged.messages > 0) await new Promise((resolve) => channel.addEventListener('fate', resolve, { once: true }));
    const state = await topic.state();
    channel.close();
    await channel.closed;
    link.end();
    return { ...tally, most, mostBytes, fates, atServer: state.accepted, repeated: state.repeated };
  },
};

export const run = ({ job, ...args }) => JOBS[job](args);
