// A server that means harm, and what the package makes of it in real browsers. What a hostile client can do to the server is asked by
// server/tests/abuse.rs and channel_abuse.rs.
import { channelCases } from '../hostile/channels.mjs';
import { Hostile } from '../hostile/server.mjs';
import { socketCases } from '../hostile/sockets.mjs';
import { table } from '../report.mjs';

export const title = 'Abuse';

/** The longest that a page may stand still while a browser swallows what it is given, in milliseconds. */
const STANDSTILL = 10_000;

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
  const only = process.env.ABUSE_ONLY ?? '';
  const pick = (all) => all.filter(({ name }) => name.includes(only));
  const [cases, ofChannels] = [pick(socketCases(context.short)), pick(channelCases(context.short))];
  for (const engine of context.engines) {
    for (const each of cases) await socketCase(context, engine, each, sockets);
    await channels(context, engine, ofChannels, channelRows);
  }
  return [sockets.text(context.versionOf), channelRows.text(context.versionOf)].join('\n\n');
}
