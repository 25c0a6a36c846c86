// The techniques, in the order of history: how each is opened, by the library's own transports, and what it looks like by hand.
import { EventStream } from '../push/event-source.js';
import { FramedWebSocket } from '../push/framed.js';
import { LongPolling } from '../push/long-polling.js';
import { Polling } from '../push/polling.js';
import { CHANNEL } from './channel.js';

const HELD_MS = 20_000;

/** Options that go on from where an earlier connection was. */
const from = (place) => (place ? { epoch: place.epoch, after: place.offset } : {});

const POLLING_RATE = `setInterval(async () => {
  const answer = await fetch(\`/news?after=\${last}\`);
  if (answer.status === 204) return;
  for (const message of await answer.json()) {
    last = message.number;
    show(message);
  }
}, 500);`;

const POLLING_DELAY = `async function poll() {
  const answer = await fetch(\`/news?after=\${last}\`);
  if (answer.status !== 204) {
    for (const message of await answer.json()) {
      last = message.number;
      show(message);
    }
  }
  setTimeout(poll, 500);
}`;

const LONG_POLLING = `for (;;) {
  const url = \`/news?after=\${last}&wait=20000\`;
  const answer = await fetch(url); // held
  if (answer.status === 204) continue;
  for (const message of await answer.json()) {
    last = message.number;
    show(message);
  }
}`;

const EVENT_STREAM = `const source = new EventSource('/news');
source.onmessage = ({ data, lastEventId }) => {
  last = lastEventId;
  show(JSON.parse(data));
};
source.onerror = () => {
  // it connects again by itself,
  // with a Last-Event-ID header
};`;

const WEBSOCKET = `const socket = new WebSocket('/news');
socket.onmessage = ({ data }) => {
  show(JSON.parse(data));
};
socket.onopen = () => {
  socket.send('hello'); // both ways
};
socket.onclose = () => {
  // here Tautline comes in
};`;

/** `id` is the lane's name at the server; `marks`: how the chart draws it. */
export const TECHNIQUES = [
  {
    id: 'polling-rate',
    source: POLLING_RATE,
    ours: (every) => `new Polling(url, { every: ${every}, fixed: 'rate' })`,
    open: (run, { every }, place) => new Polling(run.url('polling-rate'), { every, fixed: 'rate', ...from(place) }),
    dash: [],
  },
  {
    id: 'polling-delay',
    source: POLLING_DELAY,
    ours: (every) => `new Polling(url, { every: ${every}, fixed: 'delay' })`,
    open: (run, { every }, place) => new Polling(run.url('polling-delay'), { every, fixed: 'delay', ...from(place) }),
    dash: [10, 4],
  },
  {
    id: 'long-polling',
    source: LONG_POLLING,
    ours: () => `new LongPolling(url, { wait: ${HELD_MS} })`,
    open: (run, _, place) => new LongPolling(run.url('long-polling'), { wait: HELD_MS, ...from(place) }),
    dash: [2, 3],
  },
  {
    id: 'event-stream',
    source: EVENT_STREAM,
    ours: () => 'new EventStream(url)',
    open: (run, _, place) => new EventStream(run.url('event-stream'), from(place)),
    dash: [10, 3, 2, 3],
  },
  {
    id: 'websocket',
    source: WEBSOCKET,
    ours: () => "new WebSocket(url, 'tautline.channel.v1')",
    open: (run, _, place) => new FramedWebSocket(run.url('websocket', 'ws'), from(place)),
    dash: [],
  },
];

/** Those that race: with the library's Channel, where the page has it. */
export const RACERS = CHANNEL === null ? TECHNIQUES : [...TECHNIQUES, CHANNEL];
