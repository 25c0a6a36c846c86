// What the jobs of the abuse share: events with what they say, a wait for them with an end, and whether the page still lives.
import { ReconnectingWebSocket } from '/dist/index.js';
import { within } from './support.js';

/** Gathers the events of these types from now on. */
export function record(target, types, details) {
  const events = [];
  for (const type of types) target.addEventListener(type, (event) => events.push({ type, ...details[type]?.(event) }));
  return events;
}

/**
 * Waits until there is an event for each of these: a type, several with | between them, or one with a count after *. What is missing in
 * the end; null: nothing.
 */
export function seen(target, events, until, limitMs) {
  const list = () => events.get?.() ?? events;
  const missing = () =>
    until.find((wanted) => {
      const [types, count = '1'] = wanted.split('*');
      return list().filter(({ type }) => types.split('|').includes(type)).length < Number(count);
    });
  return new Promise((resolve) => {
    const types = new Set(until.flatMap((wanted) => wanted.split('*')[0].split('|')));
    const end = (value) => {
      clearTimeout(timer);
      for (const type of types) target.removeEventListener(type, look);
      resolve(value);
    };
    // After what else the event brings.
    const look = () => queueMicrotask(() => missing() === undefined && end(null));
    const timer = setTimeout(() => end(missing()), limitMs);
    for (const type of types) target.addEventListener(type, look);
    look();
  });
}

/** How long the page has stood still. */
export class Standstill {
  longest = 0;
  #timer;

  constructor() {
    let last = performance.now();
    this.#timer = setInterval(() => {
      const now = performance.now();
      this.longest = Math.max(this.longest, Math.round(now - last));
      last = now;
    }, 10);
  }

  stop() {
    clearInterval(this.#timer);
  }
}

/** Whether a good server can be talked to afterwards. */
export async function works() {
  const socket = new ReconnectingWebSocket(`ws://${location.host}/echo`);
  const message = new Promise((resolve) => socket.addEventListener('message', ({ data }) => resolve(data)));
  socket.send('still there');
  const answer = await within('the echo of a good server', message);
  socket.close();
  return answer === 'still there';
}
