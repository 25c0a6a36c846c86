// What the tests of the Channel share. A topic is a channel of the server's.
import { Channel } from '/dist/channel.js';
import { Channel as Topic } from './push-support.js';
import { engine, within } from './support.js';

export { Channel, Topic };

/** The transports that this browser has. */
export const KINDS = ['websocket', 'websocket-stream', 'event-stream', 'fetch-stream', 'long-polling', 'polling'].filter(
  (kind) => kind !== 'websocket-stream' || engine === 'chromium',
);
export const ALL = ['websocket', 'event-stream', 'long-polling', 'polling'];

/** Short waits, so that a test takes no longer than what it tests. */
export const QUICK = { backoff: { delayMs: 20, spreadMs: 20 }, pollEveryMs: 50, remember: false };

/** What the server calls a transport. */
export const counted = (kind) => ({ websocket: 'websocket', 'websocket-stream': 'websocket', 'event-stream': 'events', 'fetch-stream': 'events' })[kind] ?? 'poll';

const made = [];

/** A channel that is closed after the test. */
export function open(url, options) {
  const channel = new Channel(url, { ...QUICK, ...options });
  made.push(channel);
  return channel;
}

/** Closes what a test has made. */
export function closeChannels() {
  for (const channel of made.splice(0)) channel.close();
}

/** The events of a channel from now on, to be taken in their order. */
export class Course {
  #events = [];
  #passed = [];
  #wake = () => {};

  constructor(channel, types = ['open', 'missed', 'moved', 'lost', 'retry', 'steppeddown', 'close']) {
    for (const type of types) {
      channel.addEventListener(type, (event) => {
        this.#events.push(event);
        this.#wake();
      });
    }
  }

  /** The next of this type for which `is` holds; others are passed over. */
  async find(type, is = () => true) {
    for (;;) {
      const event = this.#events.shift();
      if (event === undefined) {
        await within(`${type}, after ${this.#passed.slice(-12).join(', ')}`, new Promise((resolve) => (this.#wake = resolve)));
        continue;
      }
      const { kind, to, cause } = event;
      this.#passed.push([event.type, kind ?? to ?? JSON.stringify(cause)].filter(Boolean).join(' '));
      if (event.type === type && is(event)) return event;
    }
  }
}

/** The next item of a reader: a message's offset and data, or what there is in its place. */
export async function take(reader, when = '') {
  const { value, done } = await within(`the next message ${when}`, reader.next());
  if (done) return undefined;
  if (value.type !== 'message') return value.gap;
  return [value.offset, value.data instanceof ArrayBuffer ? new Uint8Array(value.data) : value.data];
}

/** Publishes one text. */
export const publish = (topic, text) => topic.order(`publish?text=${encodeURIComponent(text)}`);

export async function until(is) {
  const end = performance.now() + 20_000;
  while (!(await is())) {
    if (performance.now() > end) throw new Error(`waited for ${is}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
