// A Channel over one transport, or several at the same time, against a server that means harm: what the page sees of it.
import { Channel } from '/dist/channel.js';
import { Standstill, record, seen, works } from './abuse-support.js';

const DETAILS = {
  message: ({ data }) => ({ size: data.length ?? data.byteLength }),
  lost: ({ cause }) => ({ cause }),
  close: ({ cause }) => ({ cause }),
  retry: ({ delayMs }) => ({ delayMs }),
  fate: ({ fate }) => ({ fate }),
};
const TYPES = ['open', 'message', 'missed', 'lost', 'retry', 'steppeddown', 'fate', 'close'];

async function one({ name, kind, url, until, send, limitMs = 20_000 }) {
  // The same wait each time; a first answer that does not come is given up soon.
  const channel = new Channel(url, { transports: [kind], backoff: () => 100, remember: false, connectTimeoutMs: 2000, pollEveryMs: 50 });
  const events = record(channel, TYPES, DETAILS);
  if (send !== undefined) channel.send(send);
  const late = await seen(channel, events, until, limitMs);
  const { phase } = channel;
  channel.close();
  return { name, kind, events: events.slice(0, 50), late, phase };
}

export async function run({ cases }) {
  const standstill = new Standstill();
  const results = await Promise.all(cases.map(one));
  standstill.stop();
  return { results, standstill: standstill.longest, works: await works() };
}
