// What the pages about other servers share: orders to servers, cases, and the accounts of messages.
import { connect, managed, next, within } from './support.js';

/** Comes back at once; Firefox waits by itself where an address has just failed. */
export const SOON = { retry: { backoff: { delayMs: 10, spreadMs: 10 } } };

/** `stop`, `start` or `reload` of the server with this name; fulfils when it is done. */
export async function order(control, name, what) {
  const response = await fetch(`${control}/${name}/${what}`, { method: 'POST' });
  if (!response.ok) throw new Error(await response.text());
}

export function same(found, wanted, what) {
  const [one, other] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (one !== other) throw new Error(`${what}: ${one.slice(0, 300)} and not ${other.slice(0, 300)}`);
}

/** A socket that is open, with the machine in charge. */
export async function opened(to, protocols = [], options = {}) {
  const socket = connect(to, protocols, { ...SOON, ...options });
  await within(`the first connection to ${to}`, socket.opened);
  await managed(socket);
  return socket;
}

/** Closes a socket; fulfils with how it ended. */
export async function ended(socket, ...how) {
  socket.close(...how);
  return within('the end', socket.closed);
}

/** Sends, and fulfils with the next message. */
export async function asked(socket, data) {
  const answer = next(socket, 'message');
  socket.send(data);
  return (await answer).data;
}

/** What has to be 0; an error has all the counts, for the report. */
export function none(counts, names) {
  const bad = names.filter((name) => counts[name] !== 0);
  if (bad.length > 0) throw Object.assign(new Error(`not 0: ${bad.join(', ')} of ${JSON.stringify(counts)}`), { found: counts });
}

let ids = 0;

/** A name that no other case has. */
export const fresh = () => `${Math.random().toString(36).slice(2)}-${(ids += 1)}`;

/** Carries out named cases, one after the other; says of each why it failed, if it did. */
export async function carryOut(cases, given, clean) {
  const results = [];
  for (const [what, act] of cases) {
    const start = performance.now();
    try {
      const found = await act(given);
      results.push({ what, found, ms: performance.now() - start });
    } catch (error) {
      results.push({ what, why: String(error?.message ?? error), found: error?.found, ms: performance.now() - start });
    }
    clean();
  }
  return results;
}

/** Posts numbered messages: one for each answer, some for each connection and each end, and follows what becomes of each. */
export class Sender {
  receipts = [];
  #socket;
  #count;
  #done;

  /** `count` may be Infinity: then `stop` ends it. */
  constructor(socket, count) {
    this.#socket = socket;
    this.#count = count;
    this.all = new Promise((resolve) => (this.#done = resolve));
    socket.addEventListener('message', () => this.#more(1));
    socket.addEventListener('open', () => this.#more(8));
    socket.addEventListener('close', () => this.#more(3));
  }

  #more(some) {
    for (let each = 0; each < some && this.receipts.length < this.#count; each += 1) {
      this.receipts.push(this.#socket.post(String(this.receipts.length)));
    }
    if (this.receipts.length === this.#count) this.#done();
  }

  stop() {
    this.#count = this.receipts.length;
    this.#done();
  }

  /** Once all are sent: waits until a last one has come back, over whatever connections that takes, and closes. */
  async finish() {
    await within(`all ${this.#count} messages to be sent, ${this.receipts.length} are`, this.all);
    await within('a way out for all', Promise.all(this.receipts.map(({ sent }) => sent)));
    const last = String(this.#count);
    const back = within('the last message', new Promise((resolve) => {
      const look = ({ data }) => data === last && resolve();
      this.#socket.addEventListener('message', look);
      // The one that was sent may be lost with its connection; then it is another message.
      this.#socket.addEventListener('open', () => this.#socket.post(last));
    }));
    this.#socket.post(last);
    await back;
    await ended(this.#socket, 1000);
  }

  /** Holds the fates against what the server has written down. Gives the counts; fails where one is not 0 that has to be. */
  account(arrived) {
    const last = String(this.#count);
    const numbered = arrived.filter(([, text]) => text !== last);
    const texts = numbered.map(([, text]) => text);
    const there = new Set(texts);
    const { dropped, expired, failed, closes } = this.#socket.metrics;
    const counts = { sent: this.receipts.length, arrived: there.size, last: arrived.length - texts.length, unknown: 0, lost: 0, othersLost: 0 };
    Object.assign(counts, { twice: texts.length - there.size, disordered: 0, overtaken: 0, holes: 0, otherFates: 0, notSent: dropped + expired + failed });
    const lastOf = new Map();
    let highest = -1;
    for (const [connection, text] of numbered) {
      const number = Number(text);
      // Of two connections a server may read the old one's last messages after the new one's first.
      if (number <= (lastOf.get(connection) ?? -1)) counts.disordered += 1;
      else if (number < highest) counts.overtaken += 1;
      lastOf.set(connection, number);
      highest = Math.max(highest, number);
    }
    // A connection that ends takes what was underway, which are the last of its messages: so much may be missing in one piece.
    let wasThere = true;
    for (let at = 0; at < this.receipts.length; at += 1) {
      const isThere = there.has(String(at));
      if (wasThere && !isThere) counts.holes += 1;
      wasThere = isThere;
    }
    counts.holes = Math.max(0, counts.holes - (closes[1006] ?? 0) - (closes[1001] ?? 0));
    for (const [number, { fate }] of this.receipts.entries()) {
      if (fate === 'unknown') counts.unknown += 1;
      else if (fate !== 'handed-over') counts.otherFates += 1;
      if (!there.has(String(number))) counts[fate === 'unknown' ? 'lost' : 'othersLost'] += 1;
    }
    none(counts, ['othersLost', 'twice', 'disordered', 'holes', 'otherFates', 'notSent']);
    return counts;
  }
}
