// A server that means harm, and what the package makes of it in real browsers. What a hostile client can do to the server is asked by
// server/tests/abuse.rs and channel_abuse.rs.
import { channelCases } from '../hostile/channels.mjs';
import { Hostile } from '../hostile/server.mjs';
import { socketCases } from '../hostile/sockets.mjs';
import { table } from '../report.mjs';

export const title = 'Abuse';

/** The longest that a page may stand still while a browser swallows what it is given, in milliseconds. */
const STANDSTILL = 10_000;

const LIMITS = `What a page can't bound: a browser gathers the fragments of a message, and unpacks a compressed one, before the page hears of it, and reads headers as
it likes. A WebSocket has no way to say how much it takes. What arrives is delivered or ends the connection; the module's memory never has it. The
Channel gives up a connection that brings a frame above 16 MiB.`;

const TESTS = [
  ['frames that are none, offsets that jump, frames of 100 MiB, answers that are cut off, in each transport', 'a typed cause, another connection, nothing missed', '`tests/js/channel-faults`, `push-faults`, `push-server-faults`'],
  ['an event stream’s line without end', '4413; an `EventSource` can’t be bounded', '`tests/js/push-faults`'],
  ['JSON and MessagePack of 10,000 and 1,000,000 levels, lengths that lie', 'a value or an error, with no more memory than the message has bytes', '`tests/js/codecs`; Rust: `tests/browser/codecs`, `src/codec`'],
  ['numbers beyond 2^53 and 2^64 in frames, hellos and records', 'typed errors', '`tests/vectors`, held against Rust and JavaScript; `fuzz channel_wire`'],
  ['a trap of the machine while sending, on a message, on a close, in a timer, while connecting, as soon as it is there', 'a plain socket that says so, with its connection and its queue; then another instance', '`tests/js/traps`'],
  ['a trap of a Channel’s module', '`close` with the cause `crashed`, what is in doubt is `unknown`; `reconnect()` goes on after the last message', '`tests/js/traps`'],
  ['secrets in URLs, headers and subprotocols, in each error, event and log', 'shown nowhere', '`tests/js/secrets`, `tests/browser/secrets`, `server/tests/log`'],
  ['of a client: 300 handshakes that never end, silence in all places, 2,001 connections', 'given up after the head’s time; 503 with a reason; others go on', '`server/tests/abuse`'],
  ['300,000 pings whose answers nobody reads', 'bounded: the server reads no further, or drops answers', '`server/tests/abuse`'],
  ['no mask, reserved bits and opcodes, control frames in fragments, lengths of 2^63, fragments without end', '1002; 1009 or 4413', '`server/tests/abuse`'],
  ['acknowledgements, offsets and sessions that are forged, names and queries beyond their size, sessions and channels without end', '4400, 4404, 4409, 1013; nothing is published', '`server/tests/channel_abuse`, `channel_clients`'],
  ['bodies without end, too slow, or that add up', '413, 503', '`server/tests/channel_abuse`, `channel_clients`'],
  ['pages of other origins', '403 and 4403', '`server/tests/channel_access`'],
];

/** Each in a server of its own: Firefox waits before it asks a port again where it has failed. */
async function socketCase(context, engine, each, rows) {
  const servers = each.pages.map(() => new Hostile(each.routes));
  const ports = await Promise.all(servers.map((server) => server.listen()));
  try {
    const cases = each.pages.map(({ path, ...page }, at) => ({ ...page, url: `ws://127.0.0.1:${ports[at]}${path}` }));
    const { results, works } = await context.inBrowser(engine, 'abuse-socket', { cases });
    for (const [at, result] of results.entries()) {
      const server = servers[at];
      const facts = { times: server.times(each.pages[at].path) };
      const isSo = Boolean(each.holds(result, facts)) && result.standstill < STANDSTILL;
      const why = `${JSON.stringify({ ...result, ...facts })} ${server.errors.join('\n')}`;
      context.check(`${engine}: ${result.name}`, isSo, why);
      rows.add(result.name, engine, isSo ? each.how(result, facts) : 'FAILED');
    }
    context.check(`${engine}: after ${each.name} a good server can be talked to`, works);
  } finally {
    await Promise.all(servers.map((server) => server.close()));
  }
}

/** All that is done to channels, at the same time. */
async function channels(context, engine, cases, rows) {
  const servers = [];
  const pages = [];
  for (const each of cases) {
    each.again?.();
    for (const kind of each.kinds) {
      const server = new Hostile(each.routes);
      servers.push({ server, each });
      pages.push({ name: each.name, kind, url: `http://127.0.0.1:${await server.listen()}/channel/c`, ...each.page });
    }
  }
  try {
    const { results, standstill, works } = await context.inBrowser(engine, 'abuse-channel', { cases: pages });
    for (const [at, result] of results.entries()) {
      const { server, each } = servers[at];
      const times = server.times('/channel/c');
      const isSo = Boolean(each.holds(result, times));
      context.check(`${engine}: ${result.name}, over ${result.kind}`, isSo, `${JSON.stringify(result)} ${server.errors.join('\n')}`);
      rows.add(result.name, engine, isSo ? each.how(result, times) : 'FAILED', result.kind);
    }
    context.check(`${engine}: the page stood still for ${standstill} ms`, standstill < STANDSTILL);
    context.check(`${engine}: after all that a good server can be talked to`, works);
  } finally {
    await Promise.all(servers.map(({ server }) => server.close()));
  }
}

/** What was done, and how it ended in each engine; over several transports the same is said once. */
class Rows {
  #rows = new Map();
  #engines;

  constructor(engines) {
    this.#engines = engines;
  }

  add(name, engine, how, kind = '') {
    const row = this.#rows.get(name) ?? new Map();
    this.#rows.set(name, row.set(engine, [...(row.get(engine) ?? []), { how, kind }]));
  }

  /** The table. */
  text(versionOf) {
    const rows = [...this.#rows].map(([name, row]) => [name, ...this.#engines.map((engine) => this.#cell(row.get(engine) ?? []))]);
    return table(['what the server does', ...this.#engines.map(versionOf)], rows);
  }

  #cell(all) {
    const ways = new Map();
    for (const { how, kind } of all) ways.set(how, [...(ways.get(how) ?? []), kind]);
    if (ways.size === 1) return [...ways.keys()][0];
    return [...ways].map(([how, kinds]) => `${kinds.join(', ')}: ${how}`).join('; ');
  }
}

export async function run(context) {
  const [sockets, channelRows] = [new Rows(context.engines), new Rows(context.engines)];
  const [cases, ofChannels] = [socketCases(context.short), channelCases(context.short)];
  for (const engine of context.engines) {
    for (const each of cases) await socketCase(context, engine, each, sockets);
    // What is timed has connections of its own: WebKit has so many for all.
    for (const isTimed of [false, true]) await channels(context, engine, ofChannels.filter(({ again }) => Boolean(again) === isTimed), channelRows);
  }
  return [
    'A server on loopback that means harm, and what a page sees of it. After each case a good server was talked to in the same page. “Tries again”: with backoff.',
    '### ReconnectingWebSocket',
    sockets.text(context.versionOf),
    LIMITS,
    '### Channel',
    channelRows.text(context.versionOf),
    '### Shown by tests',
    table(['what', 'how it ends', 'shown by'], TESTS),
  ].join('\n\n');
}
