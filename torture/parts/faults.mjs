// Each fault of a network, for each client, in each browser: when it is noticed, when all is well again, and what became of every message.
import { CLIENTS, Dice, FAULTS, cellsOf } from '../page/faults-plans.js';
import { spread, table } from '../report.mjs';

export const title = 'Faults of the network';

/** How often each cell is run in the long form, each time with another seed. */
const ROUNDS = 5;
/** Cells at a time. WebKitGTK has 17 connections over HTTP in all. */
const AT_ONCE = { chrome: 16, firefox: 12, webkit: 4 };
/** How long the cells of one engine and one seed may take. */
const LIMIT = 240_000;

/** What has to be 0, and how the report calls it. */
const SUMS = { lost: 'lost', doubled: 'doubled', disordered: 'out of order', wrong: 'fates that don’t add up' };

/** Only these cells, as `FAULT/CLIENT` or a part of that, with semicolons between. */
const only = process.env.TAUTLINE_CELLS?.split(';').map((text) => text.trim());

function chosen(engine, seed, context) {
  const all = cellsOf(engine).map((cell) => ({ ...cell, seed }));
  if (only) return all.filter(({ fault, client }) => only.some((part) => `${fault}/${client}`.includes(part)));
  if (!context.short || engine === 'chrome') return all;
  const dice = new Dice(`${seed} ${engine}`);
  return all.filter(() => dice.from(1, 2) === 1);
}

/** How to see one cell again. */
const repeat = (engine, { fault, client, seed }) => `TAUTLINE_CELLS='${fault}/${client}' cargo xtask torture faults --short --engine ${engine} --seed ${seed}`;

function judge(context, engine, results) {
  for (const fault of Object.keys(FAULTS)) {
    const cells = results.filter((cell) => cell.fault === fault);
    if (cells.length === 0) continue;
    const bad = cells.flatMap((cell) => {
      const sums = Object.keys(SUMS).filter((name) => cell[name] > 0).map((name) => `${cell[name]} ${SUMS[name]}`);
      if (cell.isOdd) sums.push(`noticed what is none: ${cell.cause}`);
      if (cell.error) sums.push(cell.error);
      return sums.length === 0 ? [] : [`${cell.client}: ${sums.join(', ')}; ${cell.plan.join('; ')}\n        ${repeat(engine, cell)}`];
    });
    context.check(`${engine}, ${fault}: ${cells.length} cells come back, and all adds up`, bad.length === 0, `\n        ${bad.join('\n        ')}`);
  }
}

const named = (client) => (client === 'ReconnectingWebSocket' ? '`ReconnectingWebSocket`' : client);

/** For each fault and client: noticed after, and back after. */
function times(results) {
  const clients = CLIENTS.filter((client) => results.some((cell) => cell.client === client));
  const rows = Object.keys(FAULTS).map((fault) => [
    fault,
    ...clients.map((client) => {
      const cells = results.filter((cell) => cell.fault === fault && cell.client === client && !cell.error);
      if (cells.length === 0) return '–';
      const noticed = cells.filter(({ notice }) => notice !== null);
      const often = noticed.length < cells.length ? ` ${noticed.length} of ${cells.length}` : '';
      const notice = noticed.length === 0 ? 'no' : `${spread(noticed.map((cell) => cell.notice))}${often}`;
      return `${notice} / ${spread(cells.map(({ back }) => back))}`;
    }),
  ]);
  return table(['fault', ...clients.map(named)], rows);
}

const sum = (cells, name) => cells.reduce((all, cell) => all + (cell[name] ?? 0), 0);
const count = (number) => number.toLocaleString('en-US');

function sums(byEngine) {
  const rows = [];
  for (const [version, results] of byEngine) {
    for (const client of CLIENTS) {
      const cells = results.filter((cell) => cell.client === client);
      if (cells.length === 0) continue;
      const zeros = Object.keys(SUMS).map((name) => count(sum(cells, name)));
      const seen = ['losses', 'up', 'down', 'unknown', 'gone'].map((name) => count(sum(cells, name)));
      rows.push([version, named(client), cells.length, ...seen, ...zeros, cells.filter(({ error }) => error).length]);
    }
  }
  const head = ['browser', 'client', 'cells', 'times noticed', 'messages up', 'down', 'told as unknown', 'pushes gone with a connection'];
  return table([...head, ...Object.values(SUMS), 'not back'], rows);
}

export async function run(context) {
  const { engines, seed, short, note } = context;
  const seeds = Array.from({ length: short || only ? 1 : ROUNDS }, (_, round) => (seed + round) >>> 0);
  const byEngine = [];
  for (const engine of engines) {
    const results = [];
    for (const one of seeds) {
      const cells = chosen(engine, one, context);
      const begun = Date.now();
      results.push(...(await context.inBrowser(engine, 'faults', { cells, atOnce: AT_ONCE[engine] }, LIMIT)));
      note(`${engine}: ${cells.length} cells with the seed ${one} in ${Math.round((Date.now() - begun) / 1000)} s`);
    }
    judge(context, engine, results);
    byEngine.push([context.versionOf(engine), results]);
  }
  return text(byEngine, seeds);
}

function text(byEngine, seeds) {
  const parts = [
    `Between browser and server stands a proxy (\`server/src/link/\`) that carries out a fault by a script while numbered messages go both ways, two up
each 60 ms, one down each 30 ms, and ours come back down. What is drawn (how long, how much, by FIN or by RST, at which byte of a frame) comes from the seed; the seeds are ${seeds.join(', ')}.
With a seed that fails one cell is run again by itself: \`TAUTLINE_CELLS='FAULT/CLIENT' cargo xtask torture faults --short --engine ENGINE --seed N\`.`,
    `Payloads are never corrupted, only framing (the first byte of a frame of WebSocket, of a head or of a chunk of HTTP): the channel’s protocol
carries no checksum, for TCP has one and TLS has a far better one, and who rewrites payloads without TLS could rewrite a checksum as well.`,
    `The heartbeat of the \`ReconnectingWebSocket\` is 300 ms, and 1 s for its answer. A channel waits for 5 s at least beyond the server’s beat (250 ms here) before it doubts, asks and
waits for 0.5 s more; a request has 10 s for its answer, and a poll its time on top. Polls ask again by themselves, and so does a browser where a connection that it had kept is gone: then there
is nothing to notice.`,
    `Chromium 156 itself crashes the tab where the connection of a WebSocketStream breaks while the page writes. So nothing goes up over \`websocket-stream\` when a fault breaks the
connection (down it does), and faults of what goes up are left out for it.`,
    '### What has to be 0',
    `Of a channel each message has to arrive once, in order, both ways, as client and server count it, and to be told \`accepted\`. Of a \`ReconnectingWebSocket\` what is told as handed over has
to be in the server’s ledger, once and in order, what is told as not sent must not be, and each has one last fate; what comes down has no hole while a connection lasts: what was
pushed into a connection that broke is gone, and counted.`,
    sums(byEngine),
    '### Noticed after / well again after, in milliseconds',
    `From the fault’s beginning until \`lost\` or \`close\` is told; from its end until a new message has arrived each way. The median (and the least and the most). “no”: not noticed, and nothing was lost. “3 of 5”: noticed so often.`,
  ];
  for (const [version, results] of byEngine) parts.push(`**${version}**`, times(results));
  return parts.join('\n\n');
}
