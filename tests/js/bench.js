// What our socket costs for each message, in script time, over the bare browser interface: ratios inside one run, in interleaved rounds.
//
// The connection is an event target of the browser's that this page dispatches real MessageEvents on: a network would hide what is
// measured. Each event is made before the clock starts.
import { ReconnectingWebSocket } from '/dist/index.js';

const EVENTS = 20_000;
const ROUNDS = 31;

class Inner extends EventTarget {
  readyState = 0;
  bufferedAmount = 0;
  sent = 0;

  constructor(url) {
    super();
    this.url = url;
    Inner.last = this;
  }

  open() {
    this.readyState = 1;
    this.dispatchEvent(new Event('open'));
  }

  send(data) {
    this.sent += data.length;
  }

  close() {}
}

let sum = 0;
const listener = (event) => {
  sum += event.data.length;
  if (event.target === null) throw new Error('no target');
};
const other = (event) => {
  sum -= event.data.length;
};

/** One way to listen: the object to dispatch on. */
async function ours(options, listeners) {
  const socket = new ReconnectingWebSocket('wss://example.com/', [], { ...options, WebSocket: Inner });
  for (const one of listeners) socket.addEventListener('message', one);
  const inner = Inner.last;
  inner.open();
  if (options.retry !== false) while (!socket.managed) await new Promise((resolve) => setTimeout(resolve, 1));
  return { inner, socket };
}

function bare(listeners) {
  const inner = new Inner('wss://example.com/');
  for (const one of listeners) inner.addEventListener('message', one);
  inner.open();
  return { inner, socket: inner };
}

function receive({ inner }) {
  const events = Array.from({ length: EVENTS }, (_, n) => new MessageEvent('message', { data: `message ${n}` }));
  const start = performance.now();
  for (const event of events) inner.dispatchEvent(event);
  return performance.now() - start;
}

function send({ socket }) {
  const start = performance.now();
  for (let n = 0; n < EVENTS; n += 1) socket.send('a message of forty characters or nearly so');
  return performance.now() - start;
}

const quantile = (values, q) => [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) * q)];

/** Runs all ways in turn, round after round; the first one is the measure, where there is `ratios`. */
function compare(name, ways, run, ratios) {
  const times = ways.map(() => []);
  for (let round = 0; round < ROUNDS + 3; round += 1) {
    ways.forEach(([, way], at) => {
      const time = run(way);
      // The first rounds are for the compilers.
      if (round >= 3) times[at].push(time);
    });
  }
  const spread = (values, digits) => {
    const [low, middle, high] = [0.1, 0.5, 0.9].map((q) => quantile(values, q).toFixed(digits));
    return `${middle} (${low} to ${high})`;
  };
  return ways.map(([way], at) => {
    const each = spread(times[at].map((time) => (time / EVENTS) * 1e6), 0);
    const over = times[at].map((time, round) => time / times[0][round]);
    return `${name}, ${way}: ${ratios && at > 0 ? `${spread(over, 2)} of bare, ` : ''}${each} ns each`;
  });
}

let done;
const all = new Promise((resolve) => (done = resolve));
let told = false;
globalThis.nextLines = async () => {
  const lines = told ? [] : await all;
  told = true;
  return { lines, done: true, passes: lines.length, failures: 0, pending: 0 };
};

const lines = [];
for (const [name, listeners] of [
  ['receiving, one listener', [listener]],
  ['receiving, two listeners', [listener, other]],
]) {
  const ways = [
    ['bare', bare(listeners)],
    ['without retries', await ours({ retry: false }, listeners)],
    ['with the machine', await ours({}, listeners)],
  ];
  lines.push(...compare(name, ways, receive, true));
}
lines.push(
  ...compare(
    // The bare one does nothing, in no time: there is no ratio.
    'sending',
    [
      ['bare', bare([])],
      ['without retries', await ours({ retry: false }, [])],
      ['with the machine', await ours({}, [])],
    ],
    send,
    false,
  ),
);
done(lines);
