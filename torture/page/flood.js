// A million messages, one way or the other: each is counted, and looked at for its place.
import { Channel, Topic } from './channel-support.js';
import { ReconnectingWebSocket, next, url } from './support.js';

/** How many messages may be under way. */
const WINDOW = 20_000;
/** A channel's history has a thousand: who publishes more at once than is read has it forgotten. */
const PORTION = 500;

/** Counts what comes, and says of the first that is out of its place what it was. */
class Count {
  count = 0;
  wrong;
  #waiting = [];

  take(isNext, data) {
    if (!isNext) this.wrong ??= `${String(data).slice(0, 40)} after ${this.count}`;
    this.count += 1;
    while (this.#waiting.length > 0 && this.count >= this.#waiting[0].count) this.#waiting.shift().resolve();
  }

  /** Fulfils once there are so many; asked for in growing order. */
  reach(count) {
    if (this.count >= count) return undefined;
    return new Promise((resolve) => this.#waiting.push({ count, resolve }));
  }
}

const WAYS = {
  /** The server sends as fast as it can. */
  async down(count) {
    const socket = new ReconnectingWebSocket(url(`/flood?count=${count}&size=32&kind=text`));
    const seen = new Count();
    let opens = 0;
    socket.onopen = () => (opens += 1);
    socket.onmessage = ({ data }) => seen.take(parseInt(data, 10) === seen.count && data.length === 32, data);
    const { reason } = await socket.closed;
    return { got: seen.count, wrong: seen.wrong ?? (reason === 'flood done' && opens === 1 ? undefined : `${opens} connections, ${reason}`) };
  },

  /** The page sends; the server says how many there were. */
  async up(count) {
    const socket = new ReconnectingWebSocket(url(`/sink?every=${Math.min(count, 1000)}`));
    const read = new Count();
    socket.onmessage = ({ data }) => {
      while (read.count < Number(data)) read.take(true);
    };
    await socket.opened;
    const text = 'x'.repeat(20);
    for (let at = 0; at < count; at += 1) {
      if (at % 1000 === 0 && at >= WINDOW) await read.reach(at - WINDOW + 1);
      socket.send(`${at} ${text}`);
    }
    await read.reach(count);
    const { messagesSent, opens } = socket.metrics;
    socket.close();
    await socket.closed;
    return { got: read.count, wrong: messagesSent === count && opens === 1 ? undefined : `${messagesSent} were sent, over ${opens} connections` };
  },

  /** Both at once: what comes back shows in which order it went. */
  async both(count) {
    const socket = new ReconnectingWebSocket(url('/echo'));
    const seen = new Count();
    socket.onmessage = ({ data }) => seen.take(Number(data) === seen.count, data);
    await socket.opened;
    for (let at = 0; at < count; at += 1) {
      if (at % 1000 === 0 && at >= WINDOW) await seen.reach(at - WINDOW + 1);
      socket.send(`${at}`);
    }
    await seen.reach(count);
    socket.close();
    await socket.closed;
    return { got: seen.count, wrong: seen.wrong };
  },

  /** Published as fast as it is read, so that none is forgotten. */
  async 'channel-down'(count) {
    const topic = new Topic();
    const channel = new Channel(topic.url, { remember: false });
    const seen = new Count();
    const told = record(channel);
    channel.onmessage = ({ data, lastEventId }) => {
      const offset = Number(lastEventId.split(':')[1]);
      seen.take(offset === seen.count + 1 && parseInt(data, 10) === ((offset - 1) % PORTION) + 1, `${lastEventId} ${data}`);
    };
    await channel.opened;
    for (let published = 0; published < count; published += PORTION) {
      await seen.reach(published - PORTION / 2);
      await topic.order(`publish?count=${Math.min(PORTION, count - published)}&size=32`);
    }
    await seen.reach(count);
    channel.close();
    await channel.closed;
    return { got: seen.count, wrong: seen.wrong ?? told() };
  },

  /** Each is acknowledged once, and comes back since the server publishes it. */
  async 'channel-up'(count) {
    const topic = new Topic();
    const channel = new Channel(topic.url, { remember: false });
    const seen = new Count();
    const accepted = new Count();
    const told = record(channel);
    channel.onmessage = ({ data }) => seen.take(Number(data) === seen.count, data);
    channel.onfate = ({ first, last, fate }) => {
      for (let id = first; id <= last; id += 1) accepted.take(id === accepted.count + 1 && fate === 'accepted', `${fate} ${id}`);
    };
    await channel.opened;
    for (let at = 0; at < count; at += 1) {
      if (at % 100 === 0 && at >= PORTION) await seen.reach(at - PORTION + 1);
      while (channel.unacknowledged.messages >= 1000) await next(channel, 'fate');
      channel.send(`${at}`);
    }
    await seen.reach(count);
    await accepted.reach(count);
    const state = await topic.state();
    channel.close();
    await channel.closed;
    const atServer = state.accepted === count && state.repeated === 0 && state.offset === count;
    const wrong = seen.wrong ?? accepted.wrong ?? told() ?? (atServer ? undefined : `the server counts ${JSON.stringify(state)}`);
    return { got: Math.min(seen.count, accepted.count), wrong };
  },
};

/** What a channel tells that should not have come to pass here. */
function record(channel) {
  const told = [];
  for (const type of ['missed', 'lost']) channel.addEventListener(type, (event) => told.push(`${type} ${JSON.stringify(event.gap ?? event.cause)}`));
  return () => told[0];
}

export async function run({ way, count }) {
  const start = performance.now();
  const result = await WAYS[way](count);
  return { ...result, ms: performance.now() - start };
}
