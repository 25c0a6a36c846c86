// A ReconnectingWebSocket, or several one after the other, against a server that means harm: what the page sees of it.
import { ReconnectingWebSocket } from '/dist/index.js';
import { Standstill, record, seen, works } from './abuse-support.js';

/** Where an event leads to more than its name. */
const DETAILS = {
  message: ({ data }) => ({ size: data.size ?? data.byteLength ?? data.length }),
  close: ({ code, reason, wasClean }) => ({ code, reason: reason.length, wasClean }),
  retry: ({ delayMs, cause }) => ({ delayMs, cause: cause.kind }),
  gaveup: ({ why }) => ({ why: why.kind }),
};
const TYPES = ['open', 'message', 'error', 'close', 'retry', 'gaveup', 'plain'];

async function one({ name, url, protocols = [], options = {}, until, reconnects, limitMs = 15_000 }) {
  // The same wait each time, so that what a server brings forward shows.
  const retry = { backoff: () => 100 };
  const socket = new ReconnectingWebSocket(url, protocols, { binaryType: 'arraybuffer', retry, ...options });
  const events = record(socket, TYPES, DETAILS);
  let late = await seen(socket, events, until, limitMs);
  if (reconnects && !late) {
    // What a server asks for holds back nobody who insists.
    const { length } = events;
    socket.reconnect();
    late = await seen(socket, { get: () => events.slice(length) }, ['open'], limitMs);
  }
  const { managed } = socket;
  socket.close();
  return { name, events, late, managed };
}

export async function run({ cases }) {
  const standstill = new Standstill();
  const results = [];
  for (const each of cases) {
    standstill.longest = 0;
    const result = await one(each);
    results.push({ ...result, standstill: standstill.longest });
  }
  standstill.stop();
  return { results, works: await works() };
}
