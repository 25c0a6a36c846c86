// Links that are disturbed at random, for as long as a soak lasts.
import { Dice } from './dice.mjs';

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** What is done to a link: its orders, with waits in milliseconds between them. `random` draws. */
const FAULTS = {
  cut: (random) => [`cut?how=${random.pick(['fin', 'reset'])}`],
  freeze: (random) => ['freeze', random.between(200, 2500), 'thaw'],
  hang: (random) => ['hang', 'cut?how=reset', random.between(200, 2000), 'thaw'],
  stop: (random) => ['stop', random.between(100, 1500), 'start'],
  delay: (random) => [`delay?ms=${random.between(1, 150)}&jitter_ms=${random.between(0, 100)}`, random.between(500, 3000), 'delay?ms=0&jitter_ms=0'],
  limit: (random) => [`limit?rate=${random.between(2_000, 50_000)}`, random.between(500, 3000), 'limit?rate=0'],
  'drop-next': (random) => [`drop-next?count=${random.between(1, 3)}`, 'cut?how=reset'],
  block: (random) => ['block', 'cut?how=fin', random.between(200, 3000), 'unblock'],
};

/** A link in front of the server. */
export class Link {
  #base;
  #port;

  static async open(server, life) {
    const response = await fetch(`${server}/link?life_ms=${life}`, { method: 'POST' });
    const { id, port } = await response.json();
    const link = new Link();
    link.#base = `${server}/link/${id}`;
    link.#port = port;
    return link;
  }

  url(scheme, path) {
    return `${scheme}://127.0.0.1:${this.#port}${path}`;
  }

  async order(command) {
    const response = await fetch(`${this.#base}/${command}`, { method: 'POST' });
    if (!response.ok) throw new Error(`${command}: ${response.status} ${await response.text()}`);
  }
}

/** Disturbs a link until the time is over, and leaves it well. Gives how often it did what. */
export async function disturb(link, seed, name, ms) {
  const random = new Dice(seed, name);
  const counts = Object.fromEntries(Object.keys(FAULTS).map((fault) => [fault, 0]));
  const end = Date.now() + ms;
  for (;;) {
    const rest = random.between(300, 2000);
    if (Date.now() + rest >= end) break;
    await pause(rest);
    const fault = random.pick(Object.keys(FAULTS));
    counts[fault] += 1;
    for (const step of FAULTS[fault](random)) await (typeof step === 'number' ? pause(step) : link.order(step));
  }
  return counts;
}
