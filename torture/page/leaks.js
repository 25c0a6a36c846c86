// Connections that come and go, some at a time: what stays of them is looked at from outside, between two steps.
import { Channel, Topic } from './channel-support.js';
import { Ledger, ReconnectingWebSocket, turn, url } from './support.js';

const NOW = { delayMs: 0, spreadMs: 0 };

/** What the application keeps for as long as the page: a leak by way of it would be one for ever. */
const kept = new AbortController();

/** One connection after the other, as many as are wanted: none is made while somebody looks. */
class Pace {
  #count = 0;
  #wanted = 0;
  #resolve;
  #go;

  /** `go` ends a connection; once the next one works it is to be told by `works`. */
  constructor(go) {
    this.#go = go;
  }

  works() {
    this.#count += 1;
    if (this.#count < this.#wanted) this.#go();
    else this.#resolve?.();
  }

  more(count) {
    this.#count = 0;
    this.#wanted = count;
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#go();
    });
  }
}

/** A socket with a ledger: the steps, and the counts of who is open. */
async function paced(socket, ledger, pace) {
  await socket.opened;
  return {
    async step(count) {
      await pace.more(count);
      await ledger.wait('open=1');
    },
    async open() {
      socket.close();
      await socket.closed;
      return (await ledger.wait('open=0')).open;
    },
  };
}

/** One socket whose connections the server ends after their first message, in its three ways. */
function reconnects() {
  const ledger = new Ledger();
  const ways = ['how=close&code=1011', 'how=fin', 'how=reset'];
  let attempt = 0;
  const socket = new ReconnectingWebSocket(
    () => url(ledger.path(`close_after=1&${ways[(attempt += 1) % ways.length]}`)),
    [],
    { retry: { backoff: NOW } },
  );
  const pace = new Pace(() => socket.send('x'));
  socket.onopen = () => pace.works();
  // Registered with each connection anew.
  socket.addEventListener('message', () => {}, { signal: kept.signal });
  return paced(socket, ledger, pace);
}

/** The same, and the page ends them. */
function anew() {
  const ledger = new Ledger();
  const socket = new ReconnectingWebSocket(url(ledger.path()), [], { retry: { backoff: NOW } });
  const pace = new Pace(() => socket.reconnect());
  socket.onopen = () => socket.send('x');
  socket.onmessage = () => pace.works();
  return paced(socket, ledger, pace);
}

/** One channel whose connections the server drops. */
async function channel(kind) {
  const topic = new Topic();
  const one = new Channel(topic.url, { transports: [kind], backoff: NOW, remember: false, blockedAfter: 1_000_000, pollEveryMs: 10, stableAfterMs: 0 });
  // A poll that is dropped is asked again, and between two there is none to end: one is answered with what is no frame.
  const lose = async () => {
    if (!kind.includes('poll')) return topic.order('drop?how=reset');
    await topic.order('fault?transport=poll&what=malformed');
    return topic.order('publish?text=spoilt');
  };
  const pace = new Pace(lose);
  one.onmessage = () => {};
  one.onfate = () => pace.works();
  await one.opened;
  one.onopen = () => one.send('x');
  return {
    async step(count) {
      // Each connection has a session of its own, and the server has room for so many.
      await topic.order('forget');
      await pace.more(count);
    },
    async open() {
      one.close();
      await one.closed;
      const { open } = await topic.wait('websocket=0&events=0&poll=0');
      return open.websocket + open.events + open.poll;
    },
  };
}

/** One thing after the other, each `use`d once and closed. */
function oneByOne(use, open, forget = () => {}) {
  return {
    async step(count) {
      await forget();
      for (let at = 0; at < count; at += 1) await use();
    },
    open,
  };
}

function sockets() {
  const ledger = new Ledger();
  return oneByOne(
    async () => {
      const socket = new ReconnectingWebSocket(url(ledger.path()), [], { signal: kept.signal });
      const messages = socket.messages({ signal: kept.signal });
      socket.onclose = () => {};
      socket.send('x');
      await messages.next();
      socket.close();
      await socket.closed;
    },
    async () => (await ledger.wait('open=0')).open,
  );
}

function channels() {
  const topic = new Topic();
  return oneByOne(
    async () => {
      const one = new Channel(topic.url, { remember: false, signal: kept.signal });
      const messages = one.messages({ signal: kept.signal });
      await one.opened;
      one.send('x');
      await messages.next();
      one.close();
      await one.closed;
    },
    async () => (await topic.wait('websocket=0')).open.websocket,
    () => topic.order('forget'),
  );
}

/** The browser's own class: what is seen of it is not ours. */
function bare() {
  const ledger = new Ledger();
  return oneByOne(
    () =>
      new Promise((resolve) => {
        const socket = new WebSocket(url(ledger.path()));
        socket.onopen = () => socket.send('x');
        socket.onmessage = () => socket.close();
        socket.onclose = resolve;
      }),
    async () => (await ledger.wait('open=0')).open,
  );
}

const CASES = {
  bare,
  reconnects,
  anew,
  channel: () => channel('websocket'),
  'event-stream': () => channel('event-stream'),
  'fetch-stream': () => channel('fetch-stream'),
  'long-polling': () => channel('long-polling'),
  polling: () => channel('polling'),
  sockets,
  channels,
};

let current;

/** `begin` makes a case; then come steps of so many connections; `end` gives how many the server still has open. */
export async function run({ begin, step, end }) {
  if (begin) current = await CASES[begin]();
  if (step) {
    await current.step(step);
    // What is over by then is over.
    await turn();
  }
  return end ? current.open() : undefined;
}
