// What the tests of the push transports share: the kinds, and a channel of the server's with its commands.
import { EventStream, FetchStream } from '/dist/event-stream.js';
import { LongPolling } from '/dist/long-polling.js';
import { Polling } from '/dist/polling.js';
import { FramedWebSocket, StreamedWebSocket } from '/dist/websocket-stream.js';
import { within } from './support.js';

export const TYPES = ['open', 'message', 'error', 'close', 'gap'];

const made = [];
const kept = (pipe) => {
  made.push(pipe);
  return pipe;
};

/** Each: its name, how one is made, and the transport's name in the server's counts. */
export const kinds = [
  { name: 'polling with a delay', counted: 'poll', make: (to, options) => kept(new Polling(to, { every: 20, ...options })) },
  { name: 'polling at a rate', counted: 'poll', make: (to, options) => kept(new Polling(to, { every: 20, fixed: 'rate', ...options })) },
  { name: 'long polling', counted: 'poll', make: (to, options) => kept(new LongPolling(to, { wait: 5000, ...options })) },
  { name: 'an event stream', counted: 'events', make: (to, options) => kept(new EventStream(to, options)) },
  { name: 'a stream by fetch', counted: 'events', make: (to, options) => kept(new FetchStream(to, options)) },
  { name: 'a WebSocket of frames', counted: 'websocket', make: (to, options) => kept(new FramedWebSocket(to, options)) },
];
if (StreamedWebSocket.isSupported) {
  kinds.push({ name: 'a WebSocketStream', counted: 'websocket', make: (to, options) => kept(new StreamedWebSocket(to, options)) });
}

/** Closes what a test has made. */
export async function closePipes() {
  const open = made.splice(0).filter(({ readyState }) => readyState < 3);
  await Promise.all(
    open.map((pipe) => {
      const closed = new Promise((resolve) => pipe.addEventListener('close', resolve));
      pipe.close();
      return within('the end of a test’s transport', closed);
    }),
  );
}

let channels = 0;

/** A channel of the server's, which no other test has. */
export class Channel {
  constructor(prefix = 'js-') {
    this.name = `${prefix}${Math.random().toString(36).slice(2)}-${(channels += 1)}`;
  }

  get url() {
    return `${location.origin}/channel/${this.name}`;
  }

  /** `publish?count=3`, `drop?how=fin`, … */
  async order(command) {
    const response = await fetch(`${this.url}/dev/${command}`, { method: 'POST' });
    if (!response.ok) throw new Error(`${command}: ${response.status} ${await response.text()}`);
    return response.status === 204 ? undefined : response.text();
  }

  async state() {
    return (await fetch(`${this.url}/dev`)).json();
  }

  /** Waits until it is so, as the server counts. */
  async wait(query) {
    const response = await fetch(`${this.url}/dev/wait?${query}`);
    if (!response.ok) throw new Error(`${query}: ${response.status} ${await response.text()}`);
    return response.json();
  }
}

const FILLINGS = { text: 'x', wide: 'жx😀', lines: 'a\rb\nc\r\nd\n\n' };
const MIXED = ['lines', 'text', 'binary', 'wide'];

const largest = new Map();

/** The same for all that is large: it takes a second to make. */
export function large(kind, size) {
  if (!largest.has(kind)) largest.set(kind, published(1, kind, size));
  return largest.get(kind);
}

/** The message with this number that the server publishes of this kind: a string or bytes. */
export function published(number, kind, size) {
  const own = kind === 'mixed' ? MIXED[number % 4] : kind;
  if (own === 'binary') {
    const bytes = new Uint8Array(Math.ceil(size / 8) * 8);
    const view = new DataView(bytes.buffer);
    for (let at = 0; at < bytes.length; at += 8) view.setBigUint64(at, BigInt(number), true);
    return bytes.slice(0, size);
  }
  const utf8 = new TextEncoder();
  const chars = [...FILLINGS[own]];
  let text = `${number}:`;
  let length = text.length;
  for (let at = 0; length < size; at += 1) {
    const char = chars[at % chars.length];
    const bytes = utf8.encode(char).length;
    text += length + bytes <= size ? char : '.';
    length += length + bytes <= size ? bytes : 1;
  }
  return text;
}

/** Gathers messages, and waits for so many. */
export class Inbox {
  messages = [];
  ids = [];
  #wake = () => {};

  constructor(pipe) {
    pipe.binaryType = 'arraybuffer';
    pipe.addEventListener('message', ({ data, lastEventId }) => {
      this.messages.push(data instanceof ArrayBuffer ? new Uint8Array(data) : data);
      this.ids.push(lastEventId);
      this.#wake();
    });
  }

  async of(count) {
    while (this.messages.length < count) {
      await within(`${count} messages, ${this.messages.length} are there`, new Promise((resolve) => (this.#wake = resolve)));
    }
    return this.messages;
  }
}
