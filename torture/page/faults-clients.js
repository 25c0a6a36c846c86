// What the faults befall: clients that send and get numbered messages all the time, and the account of what became of each.
import { Channel } from '/dist/channel.js';
import { Channel as Topic } from './push-support.js';
import { Ledger, ReconnectingWebSocket, within } from './support.js';

/** So many messages go up so often, in milliseconds, and one comes down: no more in 12 s than the server's history of 1,000 holds. */
const [UP, UP_EVERY, DOWN_EVERY] = [2, 60, 30];
/** More than there can be while a cell lasts. */
const MOST = 10_000;

const SOON = { delayMs: 60, spreadMs: 40 };

/** How many in a list come again, and how many come after a later one. */
function faultsOf(numbers) {
  const seen = new Set();
  let [doubled, disordered, last] = [0, 0, -Infinity];
  for (const number of numbers) {
    if (seen.has(number)) doubled += 1;
    else if (number < last) disordered += 1;
    seen.add(number);
    last = Math.max(last, number);
  }
  return { seen, doubled, disordered };
}

/** What both clients have: when something was lost, and when a message went there and another came. */
class Client {
  sent = 0;
  losses = [];
  /** When each message of ours was sent, by its number, and of those known to have arrived, the last. */
  #sentAt = [];
  #arrived = [];
  #cameAt = [];
  #timer;
  #wake = () => {};

  /** Sends, if it does not. */
  begin() {
    this.#timer ??= setInterval(() => {
      for (let count = 0; count < UP; count += 1) this.say();
    }, UP_EVERY);
  }

  say() {
    this.#sentAt.push(performance.now());
    this.sent += 1;
    this.post(this.sent - 1);
  }

  rest() {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  lost(what) {
    this.losses.push({ at: performance.now(), what });
    this.#wake();
  }

  /** A message of ours has arrived at the server. */
  arrived(number) {
    this.#arrived.push(number);
    this.#wake();
  }

  /** One of the server's has come. */
  came() {
    this.#cameAt.push(performance.now());
    this.#wake();
  }

  async until(what, is) {
    const end = performance.now() + 45_000;
    while (!is()) {
      if (performance.now() > end) throw new Error(`waited for ${what}; ${this.state()}`);
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, 1000);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  noticedSince(time) {
    return this.losses.find(({ at }) => at >= time);
  }

  /** Fulfils once so many that were sent since then have arrived, each way. */
  bothWays(since, count = 1) {
    const isNew = (number) => this.#sentAt[number] >= since;
    return this.until('messages both ways', () => this.#arrived.filter(isNew).length >= count && this.#cameAt.filter((at) => at >= since).length >= count);
  }
}

/** The npm package's ReconnectingWebSocket, and a ledger. */
class SocketClient extends Client {
  #ledger = new Ledger();
  #socket;
  #receipts = [];
  /** How often each fate was told, by the message's number. */
  #told = new Map();
  #connection = 0;
  #echoes = [];
  #pushes = [];

  constructor(link) {
    super();
    const heartbeat = { message: 'ping', isReply: (data) => data === 'ping', intervalMs: 300, timeoutMs: 1000, jitterMs: 0 };
    const retry = { backoff: SOON, stableAfterMs: 100 };
    this.#socket = new ReconnectingWebSocket(link.url(this.#ledger.path(`push_ms=${DOWN_EVERY}`)), [], { retry, heartbeat, connectTimeoutMs: 1000 });
    this.#socket.addEventListener('open', () => (this.#connection += 1));
    this.#socket.addEventListener('close', ({ code }) => this.lost(`close ${code}`));
    this.#socket.addEventListener('message', ({ data }) => this.#take(data));
    this.#socket.addEventListener('fate', ({ first, last, fate }) => {
      for (let id = first; id <= last; id += 1) this.#told.set(id, [...(this.#told.get(id) ?? []), fate]);
    });
  }

  async start() {
    await within('open', this.#socket.opened);
    while (!this.#socket.managed) await new Promise((resolve) => setTimeout(resolve, 5));
    this.begin();
  }

  state() {
    return `${this.#socket.phase}, ${JSON.stringify(this.losses)}`;
  }

  post(number) {
    this.#receipts.push(this.#socket.post(`m ${number}`));
  }

  #take(data) {
    const [kind, text] = data.split(' ');
    (kind === 'm' ? this.#echoes : this.#pushes).push({ number: Number(text), connection: this.#connection });
    if (kind === 'm') this.arrived(Number(text));
    else this.came();
  }

  /** The last one's echo shows that all before it on this connection have arrived. */
  async settle() {
    this.rest();
    this.say();
    const last = this.sent - 1;
    await this.until('the last echo', () => this.#echoes.some(({ number }) => number === last));
  }

  async account() {
    const { messages } = await this.#ledger.wait('messages=0');
    const written = messages.map(([, text]) => text).filter((text) => text.startsWith('m ')).map((text) => Number(text.slice(2)));
    const up = faultsOf(written);
    const fates = { 'handed-over': 0, unknown: 0 };
    let [lost, wrong] = [0, 0];
    this.#receipts.forEach(({ id, fate }, number) => {
      fates[fate] = (fates[fate] ?? 0) + 1;
      const there = up.seen.has(number);
      if (fate === 'handed-over' && !there) lost += 1;
      const ends = (this.#told.get(id) ?? []).filter((told) => told !== 'handed-over' && told !== 'queued');
      // It may be told to be handed over, and then another fate, which is the last word.
      const isTold = fate === 'handed-over' ? ends.length === 0 : ends.length === 1 && ends[0] === fate;
      const isNotSent = fate !== 'handed-over' && fate !== 'unknown';
      if (!isTold || fate === 'queued' || (isNotSent && there)) wrong += 1;
    });
    const down = [this.#echoes, this.#pushes].map((list) => faultsOf(list.map(({ number }) => number)));
    // On one connection nothing is left out: of pushes no number, of echoes nothing that the ledger has between two of them.
    const place = new Map(written.map((number, at) => [number, at]));
    const holes = this.#holes(this.#echoes, (number) => place.get(number)) + this.#holes(this.#pushes, (number) => number);
    const [echoes, pushes] = down;
    return {
      up: this.sent,
      down: this.#echoes.length + this.#pushes.length,
      lost: lost + holes,
      doubled: up.doubled + echoes.doubled + pushes.doubled,
      disordered: up.disordered + echoes.disordered + pushes.disordered,
      wrong,
      unknown: fates.unknown,
      // What was pushed after the last that came may still be on its way.
      gone: Math.max(...pushes.seen) + 1 - pushes.seen.size,
    };
  }

  #holes(list, placeOf) {
    let holes = 0;
    for (let at = 1; at < list.length; at += 1) {
      const [last, next] = [list[at - 1], list[at]];
      if (last.connection === next.connection && placeOf(next.number) !== placeOf(last.number) + 1) holes += 1;
    }
    return holes;
  }

  async close() {
    this.rest();
    this.#socket.close();
  }
}

/** The npm package's Channel over these transports, and a channel of the server's. */
class ChannelClient extends Client {
  #topic = new Topic('fault-');
  #channel;
  #order;
  #make;
  #messages = [];
  #missed = 0;
  #fates = new Map();

  constructor(link, transports, order) {
    super();
    this.#order = (command, method) => order(`/channel/${this.#topic.name}/dev/${command}`, method);
    this.#make = () => this.#open(link, transports);
  }

  #open(link, transports) {
    this.#channel = new Channel(`http://${link.host}/channel/${this.#topic.name}`, {
      transports,
      backoff: SOON,
      remember: false,
      connectTimeoutMs: 1000,
      probeTimeoutMs: 1000,
      beatTimeoutMs: 500,
      stableAfterMs: 300,
      upgradeAfterMs: 300,
      upgradeCapMs: 600,
      pollWaitMs: 1000,
      pollEveryMs: 60,
    });
    this.#channel.addEventListener('lost', ({ cause }) => this.lost(JSON.stringify(cause)));
    this.#channel.addEventListener('close', ({ cause }) => this.lost(`closed: ${JSON.stringify(cause)}`));
    this.#channel.addEventListener('missed', () => (this.#missed += 1));
    this.#channel.addEventListener('message', ({ data, lastEventId }) => {
      this.#messages.push({ data, offset: Number(lastEventId.split(':')[1]) });
      if (!data.startsWith('up ')) this.came();
    });
    this.#channel.addEventListener('fate', ({ first, last, fate }) => {
      for (let id = first; id <= last; id += 1) {
        this.#fates.set(id, [...(this.#fates.get(id) ?? []), fate]);
        if (fate === 'accepted') this.arrived(id - 1);
      }
    });
  }

  async start() {
    await this.#order('set?beat_ms=250');
    this.#make();
    await within('open', this.#channel.opened);
    await this.#order(`publish?count=${MOST}&size=12&every_ms=${DOWN_EVERY}`);
    this.begin();
  }

  state() {
    const { phase, kind } = this.#channel ?? {};
    return `${phase} over ${kind}, ${JSON.stringify(this.losses)}`;
  }

  post(number) {
    this.#channel.send(`up ${number}`);
  }

  /** Sends nothing, and has nothing under way. */
  async hush() {
    this.rest();
    await this.until('every acknowledgement', () => this.#channel.unacknowledged.messages === 0);
  }

  async settle() {
    await this.hush();
    await this.#order('stop');
    const { offset } = await this.#order('', 'GET');
    await this.until(`offset ${offset}`, () => this.#channel.position.offset >= offset);
  }

  async account() {
    const { offset, accepted, gaps, repeated } = await this.#order('', 'GET');
    const texts = this.#messages.map(({ data }) => data);
    const own = faultsOf(texts.filter((text) => text.startsWith('up ')).map((text) => Number(text.slice(3))));
    const published = faultsOf(texts.filter((text) => !text.startsWith('up ')).map((text) => Number(text.split(':')[0])));
    const offsets = faultsOf(this.#messages.map((message) => message.offset));
    const isAccepted = (_, number) => this.#fates.get(number + 1)?.join() === 'accepted';
    return {
      up: this.sent,
      down: texts.length,
      // What the server has accepted beyond what was sent is a double that it did not know as one.
      lost: Math.max(this.sent - accepted, 0) + Math.max(this.sent - own.seen.size, 0) + Math.max(offset - offsets.seen.size, 0) + this.#missed,
      doubled: Math.max(accepted - this.sent, 0) + own.doubled + published.doubled + offsets.doubled,
      disordered: own.disordered + published.disordered + offsets.disordered + gaps,
      wrong: Array.from({ length: this.sent }, isAccepted).filter((is) => !is).length,
      unknown: 0,
      gone: 0,
      repeated,
    };
  }

  /** The server makes room only of channels without a history. */
  async close() {
    this.rest();
    this.#channel?.close();
    await this.#order('stop');
    await this.#order('lose?what=trim');
  }
}

const LADDER = ['websocket', 'event-stream', 'long-polling', 'polling'];

/** By its name in the report. `order`: asks the server past the link. */
export function clientOf(name, link, order) {
  if (name === 'ReconnectingWebSocket') return new SocketClient(link);
  return new ChannelClient(link, name === 'ladder' ? LADDER : [name], order);
}
