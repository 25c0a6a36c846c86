// Nothing that is shown has what must stay secret: not an error, not an event, not what is logged. What the browser itself writes to its console
// is its own: no page can see or change it.
import { expect } from './chai/index.js';
import { Channel } from '/dist/channel.js';
import { Topic } from './channel-support.js';
import { kinds } from './push-support.js';
import { Link, ReconnectingWebSocket, closeAll, next, within } from './support.js';

const SECRET = 'SECRET7f3a';

/** URLs that are none, or not for a socket, each with a secret in all its places. */
const BAD = [
  `nonsense://ann:${SECRET}@127.0.0.1/x?token=${SECRET}#${SECRET}`,
  `ws://ann:${SECRET}@127.0.0.1:99999/?${SECRET}`,
  `ws://ann:${SECRET}@exa mple/?${SECRET}#${SECRET}`,
  `ws://ann:${SECRET}@127.0.0.1/?token=${SECRET}#${SECRET}`,
  `//ann:${SECRET}@[::1/?${SECRET}`,
  `wss:ann:${SECRET}@127.0.0.1\\x?${SECRET}#`,
  `:${SECRET}@/?${SECRET}#${SECRET}`,
  `javascript:alert('x')?${SECRET}`,
];

/** All that can be read of a value: of errors and events what no enumeration shows, of objects all that they have, some levels deep. */
function shown(value, depth = 0, seen = new Set()) {
  if (typeof value === 'function' || value === null || value === undefined || depth > 4 || seen.has(value)) return '';
  if (typeof value !== 'object') return `${String(value)}\n`;
  // What a socket says of itself on demand, such as its URL, is no leak, and a message is the server's.
  if (value instanceof EventTarget || value === globalThis) return `${value}\n`;
  seen.add(value);
  const names = new Set(Reflect.ownKeys(value));
  for (let at = Object.getPrototypeOf(value); at && at !== Object.prototype; at = Object.getPrototypeOf(at)) for (const name of Reflect.ownKeys(at)) names.add(name);
  let text = `${Object.prototype.toString.call(value)}\n`;
  for (const show of [() => JSON.stringify(value), () => `${value}`]) {
    try {
      text += `${show()}\n`;
    } catch {
      // What can't be shown shows nothing.
    }
  }
  for (const name of names) {
    try {
      text += `${String(name)}: ${shown(value[name], depth + 1, seen)}`;
    } catch {
      // A getter for another kind of object.
    }
  }
  return text;
}

describe('what is shown', () => {
  const METHODS = ['debug', 'error', 'info', 'log', 'trace', 'warn'];
  const originals = METHODS.map((method) => console[method]);
  let told;
  let made;

  beforeEach(() => {
    [told, made] = [[], []];
    METHODS.forEach((method) => (console[method] = (...values) => told.push(values)));
    globalThis.claimError = (event) => told.push(event.error ?? event.reason ?? event.message);
  });

  afterEach(() => {
    METHODS.forEach((method, at) => (console[method] = originals[at]));
    globalThis.claimError = null;
    for (const one of made) if (one.readyState !== 3) one.close();
    closeAll();
  });

  /** Gathers all events of these types. */
  function follow(target, types) {
    made.push(target);
    for (const type of types) target.addEventListener(type, (event) => told.push(event));
    return target;
  }

  /** The URL of a channel where nobody listens. */
  async function unreachable() {
    const link = await Link.open();
    await link.order('stop');
    return `http://127.0.0.1:${link.port}/channel/a`;
  }

  async function caught(attempt) {
    try {
      await attempt();
    } catch (error) {
      told.push(error);
    }
  }

  function expectNoSecret(least) {
    expect(told.length, 'what was told').to.be.at.least(least);
    for (const value of told) {
      const text = shown(value);
      expect(text.includes(SECRET), `${String(value?.type ?? value)}: ${text.split('\n').find((line) => line.includes(SECRET))}`).to.equal(false);
    }
  }

  const SOCKET = ['open', 'error', 'close', 'connecting', 'retry', 'fate', 'gaveup', 'replacefailed', 'statechange', 'plain', 'decodeerror'];

  it('of URLs and subprotocols that are refused has no secret', async () => {
    for (const url of BAD) {
      await caught(() => new ReconnectingWebSocket(url));
      await caught(() => new ReconnectingWebSocket('/echo', [], { endpoints: [url] }));
      await caught(() => new Channel(url));
      for (const { make } of kinds) await caught(() => make(url));
    }
    for (const protocols of [[`${SECRET} x`], ['a', `${SECRET},`], [SECRET, SECRET]]) await caught(() => new ReconnectingWebSocket('/echo', protocols));
    await caught(() => new ReconnectingWebSocket('/echo', [], { heartbeat: { [SECRET.length]: 1 } }));
    await caught(() => new Channel('/channel/a', { headers: { 'x y': SECRET } }));
    expectNoSecret(60);
  });

  it('of a socket’s life with a token in query, user-info and subprotocol has no secret, nor has its log', async () => {
    const link = await Link.open();
    const host = `127.0.0.1:${link.port}`;
    const options = { debug: true, retry: { backoff: [0, 0, 0, 20], maxRetries: 3 }, probe: { afterFailures: 1, everyMs: 0 }, codec: 'json', handshake: async () => true };
    const path = `/echo?token=${SECRET}`;
    const socket = follow(new ReconnectingWebSocket(async () => `ws://ann:${SECRET}@${host}${path}`, () => [`token.${SECRET}`], options), SOCKET);
    // A server that chooses none of the subprotocols is refused by browsers, but for Firefox.
    await caught(() => within('open or closed', Promise.race([socket.closed, socket.opened])));
    await caught(() => socket.close());
    await within('the end', socket.closed);
    const plain = follow(new ReconnectingWebSocket(`ws://${host}${path}`, [], { ...options, handshake: undefined }), SOCKET);
    await within('open', plain.opened);
    await caught(() => plain.close(1, SECRET.repeat(20)));
    await caught(() => plain.close(4000, SECRET.repeat(20)));
    plain.send('{');
    await next(plain, 'decodeerror');
    await link.order('stop');
    await link.order('cut?how=reset');
    await next(plain, 'close');
    await within('the end', plain.closed);
    await caught(() => plain.opened);
    expect(told.some((value) => Array.isArray(value)), 'the log').to.equal(true);
    expectNoSecret(12);
  });

  it('of a provider that fails has no URL, and what it throws is its own', async () => {
    const socket = follow(
      new ReconnectingWebSocket(() => `nonsense://ann:${SECRET}@127.0.0.1/?${SECRET}`, [], { debug: true, retry: { backoff: [0], maxRetries: 2 } }),
      SOCKET,
    );
    await within('the end', socket.closed);
    expectNoSecret(5);
  });

  it('of the Channel, over each transport and of each refusal, has no secret', async () => {
    const [topic, nowhere] = [new Topic('private-'), await unreachable()];
    for (const transport of ['websocket', 'event-stream', 'fetch-stream', 'long-polling', 'polling']) {
      const options = { transports: [transport], backoff: [0], remember: false, connectTimeoutMs: 5000 };
      const refused = follow(new Channel(`${topic.url}?token=${SECRET}`, options), ['lost', 'retry', 'fate', 'close', 'steppeddown']);
      refused.send('x');
      await within(`the end of ${transport}`, refused.closed);
      await caught(() => refused.opened);
      await caught(() => refused.send('x'));
      const lost = follow(new Channel(`${nowhere}?token=${SECRET}`, options), ['lost', 'retry', 'fate', 'close', 'steppeddown']);
      await next(lost, 'retry');
      lost.close();
      await caught(() => lost.opened);
    }
    expectNoSecret(20);
  });

  it('of each transport that is used alone has no secret', async () => {
    const [topic, nowhere] = [new Topic('private-'), await unreachable()];
    for (const { make } of kinds) {
      for (const url of [`${topic.url}?token=${SECRET}`, `${nowhere}?token=${SECRET}`]) {
        const pipe = follow(make(url, { timeout: 5000 }), ['error', 'close', 'gap']);
        await caught(() => pipe.send('x'));
        await next(pipe, 'close');
      }
    }
    expectNoSecret(20);
  });
});
