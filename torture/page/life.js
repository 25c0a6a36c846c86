// A socket and a channel through links that somebody disturbs, for as long as it is told; then all is well again, and everything is accounted for.
import { Channel } from './channel-support.js';
import { ReconnectingWebSocket, turn } from './support.js';

const SOON = { delayMs: 50, spreadMs: 100 };
/** How long it may take until all is told, once the links are well. */
const SETTLING = 60_000;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function asked(path, method = 'GET') {
  const response = await fetch(path, { method });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.status === 204 ? undefined : response.json();
}

/** Waits for what the server or the library tells, with an end that names it. */
async function settled(what, isSo) {
  const end = performance.now() + SETTLING;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`waited ${SETTLING} ms for ${what()}`);
    await pause(20);
  }
}

/** How often each number was met, in memory that does not count as heap. */
class Tally {
  #times;
  outOfOrder = 0;
  #last = -1;

  constructor(most) {
    this.#times = new Uint8Array(most);
  }

  note(number) {
    if (!(number >= 0 && number < this.#times.length)) throw new Error(`message ${number} of ${this.#times.length}`);
    if (this.#times[number] < 255) this.#times[number] += 1;
    if (number <= this.#last) this.outOfOrder += 1;
    this.#last = number;
  }

  of(number) {
    return this.#times[number];
  }

  /** Of the first `count`: how many were met so often. */
  count(count, is) {
    return this.#times.subarray(0, count).reduce((sum, times) => sum + (is(times) ? 1 : 0), 0);
  }
}

const FATES = ['unknown', 'dropped', 'expired', 'failed'];

/** One socket with a heartbeat, whose server writes down what arrives and sends news. */
class Socket {
  #socket;
  #ledger;
  #most;
  #sent = 0;
  #first;
  #told;
  #twice = 0;
  #pushes;

  constructor({ url, ledger, most }) {
    [this.#ledger, this.#most] = [ledger, most];
    this.#told = new Uint8Array(most);
    this.#pushes = new Tally(most * 4);
    const heartbeat = { message: 'beat', isReply: (data) => data === 'beat', intervalMs: 500, timeoutMs: 1000 };
    this.#socket = new ReconnectingWebSocket(url, [], { retry: { backoff: SOON }, heartbeat, connectTimeoutMs: 3000 });
    this.#socket.onmessage = ({ data }) => data.startsWith('p ') && this.#pushes.note(Number(data.slice(2)));
    this.#socket.addEventListener('fate', ({ first, last, fate }) => {
      const at = FATES.indexOf(fate) + 1;
      if (at === 0) return;
      for (let id = first; id <= last; id += 1) {
        if (this.#told[id - this.#first] !== 0) this.#twice += 1;
        this.#told[id - this.#first] = at;
      }
    });
  }

  async begin() {
    await this.#socket.opened;
    while (!this.#socket.managed) await turn();
  }

  send() {
    if (this.#sent === this.#most) return;
    const { id } = this.#socket.post(`m ${this.#sent}`);
    this.#first ??= id;
    if (id !== this.#first + this.#sent) throw new Error(`message ${this.#sent} has the number ${id}`);
    this.#sent += 1;
  }

  async end() {
    const socket = this.#socket;
    const { metrics } = socket;
    await settled(() => `a connection of the socket, which is ${socket.phase}`, () => socket.readyState === 1 && socket.metrics.queuedMessages === 0);
    socket.close();
    const { wasClean } = await socket.closed;
    const { messages } = await asked(`${this.#ledger}/wait?open=0`);
    const arrived = new Tally(this.#most);
    const orders = new Map();
    for (const [connection, text] of messages) {
      if (!text.startsWith('m ')) continue;
      arrived.note(Number(text.slice(2)));
      const last = orders.get(connection) ?? { number: -1, wrong: 0 };
      last.wrong += Number(text.slice(2)) <= last.number ? 1 : 0;
      orders.set(connection, { ...last, number: Number(text.slice(2)) });
    }
    const fates = Object.fromEntries(FATES.map((fate) => [fate, 0]));
    let [lost, contradicted] = [0, 0];
    for (let number = 0; number < this.#sent; number += 1) {
      const fate = FATES[this.#told[number] - 1];
      if (fate) fates[fate] += 1;
      else if (arrived.of(number) === 0) lost += 1;
      // What was dropped, has expired or failed has never left.
      if (fate && fate !== 'unknown' && arrived.of(number) > 0) contradicted += 1;
    }
    return {
      sent: this.#sent,
      arrived: arrived.count(this.#sent, (times) => times > 0),
      fates,
      lost,
      doubled: arrived.count(this.#sent, (times) => times > 1),
      outOfOrder: [...orders.values()].reduce((sum, { wrong }) => sum + wrong, 0),
      contradicted,
      toldTwice: this.#twice,
      pushed: this.#pushes.count(this.#most * 4, (times) => times > 0),
      pushedTwice: this.#pushes.count(this.#most * 4, (times) => times > 1),
      pushedOutOfOrder: this.#pushes.outOfOrder,
      connections: metrics.opens,
      attempts: metrics.attempts,
      wasClean,
    };
  }
}

/** One channel over whatever passes, to which the server publishes. */
class OneChannel {
  #channel;
  #dev;
  #most;
  #sent = 0;
  #counts = { open: 0, missed: 0, moved: 0, steppeddown: 0, lost: 0, close: 0 };
  #accepted;
  #ups;
  #downs;
  /** Of the message before the first, and of the last. */
  #before;
  #offset;
  #gaps = 0;

  constructor({ url, dev, most }) {
    [this.#dev, this.#most] = [dev, most];
    [this.#accepted, this.#ups, this.#downs] = [new Tally(most), new Tally(most), new Tally(most * 4)];
    const times = { connectTimeoutMs: 3000, beatTimeoutMs: 1000, upgradeAfterMs: 1000, upgradeCapMs: 2000, pollEveryMs: 100, pollWaitMs: 2000, probeTimeoutMs: 2000 };
    const channel = new Channel(url, { ...times, backoff: SOON, remember: false, blockedAfter: 1 });
    this.#channel = channel;
    for (const type of Object.keys(this.#counts)) channel.addEventListener(type, () => (this.#counts[type] += 1));
    channel.onmessage = ({ data, lastEventId }) => {
      const offset = Number(lastEventId.split(':')[1]);
      this.#before ??= offset - 1;
      this.#offset ??= offset - 1;
      if (offset !== this.#offset + 1) this.#gaps += 1;
      this.#offset = offset;
      if (data.startsWith('up ')) this.#ups.note(Number(data.slice(3)));
      else this.#downs.note(parseInt(data, 10));
    };
    channel.onfate = ({ first, last, fate }) => {
      for (let id = first; id <= last; id += 1) if (fate === 'accepted') this.#accepted.note(id - 1);
    };
  }

  async begin() {
    await this.#channel.opened;
  }

  send() {
    // Where a thousand wait, none is sent: that is what the outbox is for.
    if (this.#sent === this.#most || this.#channel.unacknowledged.messages >= 1000) return;
    this.#channel.send(`up ${this.#sent}`);
    this.#sent += 1;
  }

  async end() {
    const channel = this.#channel;
    await asked(`${this.#dev}/stop`, 'POST');
    await settled(() => `acknowledgements, ${channel.unacknowledged.messages} are missing; it is ${channel.phase}`, () => channel.unacknowledged.messages === 0);
    const all = async () => (await asked(this.#dev)).offset === this.#offset;
    await settled(() => `the last message, after ${this.#offset}; it is ${channel.phase}`, all);
    const state = await asked(this.#dev);
    const told = { ...this.#counts };
    channel.close();
    await channel.closed;
    const sum = (is) => this.#ups.count(this.#sent, is) + this.#downs.count(this.#most * 4, is);
    return {
      sent: this.#sent,
      accepted: this.#accepted.count(this.#sent, (times) => times === 1),
      atServer: state.accepted,
      published: state.offset - this.#before,
      delivered: sum((times) => times > 0),
      lost: state.offset - this.#before - sum((times) => times > 0),
      doubled: sum((times) => times > 1),
      outOfOrder: this.#gaps + this.#ups.outOfOrder + this.#downs.outOfOrder,
      repeatedHere: channel.repeated,
      repeatedThere: state.repeated,
      told,
    };
  }
}

let one;
let other;

/** `begin` makes both; `go` sends for so long, waits until all is told, and gives the account. Both at once, or one after the other. */
export async function run({ begin, go }) {
  if (begin) {
    [one, other] = [new Socket(begin.socket), new OneChannel(begin.channel)];
    await Promise.all([one.begin(), other.begin()]);
  }
  if (!go) return undefined;
  const end = performance.now() + go.ms;
  while (performance.now() < end) {
    one.send();
    other.send();
    await pause(go.every);
  }
  const [socket, channel] = await Promise.all([one.end(), other.end()]);
  return { socket, channel };
}
