// A million messages, slow consumers, large messages, many sockets.
import { inChromium } from '../devtools.mjs';
import { crowd } from '../native.mjs';
import { table } from '../report.mjs';

export const title = 'Floods';

const MIB = 1024 * 1024;
/** What a page may use beyond what waits in its bounds, while a hundred times as much comes in. */
const MARGIN = 8 * MIB;
/** The server's limit of connections. */
const CONNECTIONS = 2_000;

const NAMES = { chrome: 'Chromium', firefox: 'Firefox', webkit: 'WebKit' };
const number = (value) => Math.round(value).toLocaleString('en');

export async function run(context) {
  const parts = [messages, readers, senders, memory, large, sockets, natives];
  const sections = [];
  for (const part of parts) sections.push(await part(context));
  return sections.filter(Boolean).join('\n\n');
}

const WAYS = [
  ['down', 'a socket, down'],
  ['up', 'a socket, up'],
  ['both', 'a socket, up and back'],
  ['channel-down', 'a Channel, down'],
  ['channel-up', 'a Channel, up, acknowledged, and back'],
];

/** Everything that was sent came, once, in its order. */
async function messages({ engines, short, inBrowser, check, note }) {
  const rows = [];
  for (const engine of engines) {
    const count = short ? (engine === 'chrome' ? 100_000 : 20_000) : 1_000_000;
    for (const [way, what] of WAYS) {
      // There and back is two messages, and a channel's cost more.
      const own = short && way !== 'down' && way !== 'up' ? count / 10 : count;
      const { got, wrong, ms } = await inBrowser(engine, 'flood', { way, count: own }, 600_000);
      note(`${engine}, ${what}: ${number(got)} messages, ${number((got / ms) * 1000)} a second`);
      check(`${engine}, ${what}: ${number(own)} messages, each once and in order`, got === own && !wrong, `${got}, ${wrong}`);
      rows.push([NAMES[engine], what, number(got), wrong || 0, number((got / ms) * 1000)]);
    }
  }
  return ['### Messages', '', 'Every message counted, and looked at for its place.', '', table(['browser', 'what', 'messages', 'lost, doubled or out of order', 'a second'], rows)].join('\n');
}

/** A reader that takes a message each 10 ms. */
async function readers({ engines, short, inBrowser, check }) {
  const rows = [];
  const [count, size] = [short ? 20_000 : 200_000, 1000];
  const CASES = [
    ['200 messages', { maxMessages: 200 }, 200],
    ['200 kB', { maxBytes: 200_000 }, 200],
  ];
  for (const engine of engines) {
    for (const [bound, limits, most] of CASES) {
      for (const overflow of ['fail', 'drop-oldest', 'drop-newest']) {
        const told = await inBrowser(engine, 'slow', { job: 'reader', count, size, limits: { ...limits, overflow } });
        const { received, taken, dropped, error, disorder, unbroken, last } = told;
        const what = `${engine}, a reader bounded to ${bound}, ${overflow}`;
        // What was taken meanwhile, and what waited.
        const enough = taken >= most;
        const isSo = {
          fail: error === 'QuotaExceededError' && unbroken === taken,
          'drop-oldest': taken + dropped === count && last === count - 1 && dropped > 0,
          'drop-newest': taken + dropped === count && unbroken >= most && dropped > 0,
        }[overflow];
        check(`${what}: the bound holds, and each message is accounted for`, isSo && enough && !disorder && received === count, JSON.stringify(told));
        rows.push([NAMES[engine], bound, overflow, number(received), number(taken), error ?? number(dropped)]);
      }
    }
  }
  const channels = [];
  for (const engine of engines) {
    // 200 wait in the page, 1,000 in the server's history.
    for (const published of [1_100, short ? 5_000 : 50_000]) {
      const told = await inBrowser(engine, 'slow', { job: 'channel', count: published, size, limits: { maxMessages: 200 } });
      const { taken, missed, wrong, causes } = told;
      const isSo = taken + missed === published && !wrong && causes.behind > 0 && (published > 1_200 || missed === 0);
      check(`${engine}, a channel's reader behind ${published} messages: each is taken, or told to be missed`, isSo, JSON.stringify(told));
      channels.push([NAMES[engine], number(published), number(taken), number(missed), causes.behind]);
    }
  }
  return [
    '### A reader slower than the server',
    '',
    `A \`for await\` that takes a message each 10 ms while the server floods it with ${number(count)} messages of ${size} bytes. What does not fit is what the option`,
    'says: the iteration ends with a QuotaExceededError, or messages are dropped and counted. Listeners see them all.',
    '',
    table(['browser', 'bound', 'overflow', 'received', 'taken', 'dropped, or the error'], rows),
    '',
    'A Channel gives its connection up instead, and goes on from where it was: up to what the server’s history has (1,000 here) nothing is lost, and beyond that it is told what is missed.',
    '',
    table(['browser', 'published at once', 'taken', 'told to be missed', 'connections given up'], channels),
  ].join('\n');
}

/** A server that is slower than the page. */
async function senders({ engines, short, inBrowser, check }) {
  const rows = [];
  const [count, size] = [short ? 20_000 : 100_000, 1000];
  // The outbox, what the browser may have before it waits, and the message on the threshold.
  const bound = MIB + MIB / 4 + size;
  for (const engine of engines) {
    for (const overflow of ['reject', 'drop-oldest', 'drop-newest']) {
      const told = await inBrowser(engine, 'slow', { job: 'server', count, size, overflow });
      const { accepted, refused, name, most, fates, sent, atServer, wasClean } = told;
      const dropped = fates.dropped ?? 0;
      const isSo = overflow === 'reject' ? refused > 0 && name === 'QuotaExceededError' && dropped === 0 : refused === 0 && dropped > 0;
      const what = `${engine}, a server slower than the page, ${overflow}`;
      check(`${what}: bufferedAmount stays under ${number(bound)}`, most <= bound, number(most));
      check(`${what}: every message has a fate`, isSo && accepted + refused === count && sent + dropped === accepted && atServer === sent && wasClean, JSON.stringify(told));
      rows.push([NAMES[engine], overflow, number(most), number(atServer), number(refused), number(dropped)]);
    }
    const told = await inBrowser(engine, 'slow', { job: 'uplink', count: 3_000, size });
    const { accepted, refused, name, most, mostBytes, fates, atServer, repeated } = told;
    const isSo = accepted === 1_000 && refused === 2_000 && name === 'QuotaExceededError' && most === 1_000 && mostBytes <= 4 * MIB;
    check(`${engine}, a Channel on a slow link: 1,000 wait, and send is an error`, isSo, JSON.stringify(told));
    check(`${engine}, a Channel on a slow link: each that was accepted arrives once`, fates.accepted === accepted && atServer === accepted && repeated === 0, JSON.stringify(told));
    rows.push([`${NAMES[engine]}, a Channel`, 'an error', number(mostBytes), number(atServer), number(refused), 0]);
  }
  return [
    '### A server slower than the page',
    '',
    `It reads nothing for half a second, then 8 MiB a second; the page sends ${number(count)} messages of ${size} bytes as fast as it can, with an outbox of 1 MiB that`,
    `waits while the browser has 256 KiB. The Channel sends 3,000 over a link of 50 kB a second, which opens up in the end.`,
    '',
    table(['browser', 'overflow', 'most bytes that waited', 'arrived', 'refused by an error', 'dropped, by their fate'], rows),
  ].join('\n');
}

/** The heap of a page that is flooded. */
async function memory(context) {
  const { engines, short, check, note } = context;
  if (!engines.includes('chrome')) return undefined;
  const [count, size, maxBytes] = [short ? 50_000 : 1_000_000, 2_000, 4 * MIB];
  const rows = [];
  for (const [what, args] of [
    ['a socket’s reader, drop-oldest', { job: 'reader', limits: { maxBytes, overflow: 'drop-oldest' } }],
    ['a Channel’s reader', { job: 'channel', limits: { maxBytes } }],
  ]) {
    const looks = await inChromium(context, 'slow', 600_000, async (page) => {
      const before = await page.look();
      let isOver = false;
      const running = page.run({ count, size, ...args }).finally(() => (isOver = true));
      const seen = [];
      while (!isOver) seen.push(await page.look());
      await running;
      return { before, seen };
    });
    const used = ({ heap, buffers }) => heap + buffers;
    const most = Math.max(...looks.seen.map(used)) - used(looks.before);
    const bound = maxBytes + MARGIN;
    note(`${what}: at most ${number(most)} bytes more, in ${looks.seen.length} looks`);
    check(`${what}: at most ${number(bound)} bytes of heap, while ${number(count * size)} come`, most <= bound && looks.seen.length > 3, `${number(most)} in ${looks.seen.length} looks`);
    rows.push([what, number(count * size), number(maxBytes), number(most), looks.seen.length]);
  }
  return [
    `Chromium’s heap meanwhile, after garbage collection: it may grow by the reader’s bound and ${number(MARGIN)} bytes.`,
    '',
    table(['what', 'bytes sent', 'the reader’s bound', 'most bytes of heap more', 'looks'], rows),
  ].join('\n');
}

async function large({ engines, inBrowser, check }) {
  const rows = [];
  for (const engine of engines) {
    const told = await inBrowser(engine, 'large');
    for (const [what, { size, ms, intact, refused }] of Object.entries(told)) {
      check(`${engine}, ${what} of ${size / MIB} MiB: back as it went`, intact);
      if (what.includes('Channel')) check(`${engine}, ${what} of more: an error`, refused === 'QuotaExceededError', `${refused}`);
      rows.push([NAMES[engine], what, size / MIB, intact ? 'yes' : 'no', (ms / 1000).toFixed(1)]);
    }
  }
  return ['### Large messages', '', 'There and back; the server takes 64 MiB of a socket and 1 MiB of a Channel.', '', table(['browser', 'what', 'MiB', 'intact', 's'], rows)].join('\n');
}

async function sockets({ engines, short, inBrowser, check, note }) {
  const rows = [];
  for (const engine of engines) {
    const count = short ? (engine === 'chrome' ? 1_000 : 300) : 10_000;
    const one = await inBrowser(engine, 'crowd', { what: 'sequence', count }, 900_000);
    const clean = Object.keys(one.unclean).length === 0;
    check(`${engine}: ${number(count)} sockets opened and closed, none is left`, one.accepted === count && one.open === 0 && clean, JSON.stringify(one));
    const told = await inBrowser(engine, 'crowd', { what: 'at-once', count: 150, more: 150 });
    const { first, then, outcomes, opened, patient, clean: closed } = told;
    note(`${engine}: ${JSON.stringify(told)}`);
    const failed = Object.entries(outcomes).filter(([end]) => end !== 'open');
    check(`${engine}: 150 at once work, before and after the excess`, first === 150 && then === 150 && closed === opened, JSON.stringify(told));
    check(`${engine}: each socket beyond the browser's limit says that it failed`, failed.every(([end]) => end === 'retries, close 1006'), JSON.stringify(outcomes));
    check(`${engine}: one that has retries gets its turn`, failed.length === 0 || patient === (engine === 'webkit' ? 'connect-timed-out' : 'connect-failed'), `${patient}`);
    const beyond = failed.length === 0 ? 'none met' : failed.map(([end, times]) => `${times} × \`gaveup\` ${end}`).join(', ');
    rows.push([NAMES[engine], number(count), one.open, 150, opened, beyond]);
  }
  return [
    '### Many sockets',
    '',
    'One after the other, and as many at once as the browser has room for. Those beyond are told as `gaveup` and `close` where they may not try again, as `retry` otherwise, and',
    'come up once there is room; those that are open go on. WebKit says nothing of those that it has no room for: the time limit of an attempt ends them.',
    '',
    table(['browser', 'opened and closed', 'open then at the server', 'asked for at once', 'open at once', 'beyond the browser’s limit'], rows),
  ].join('\n');
}

async function natives({ program, short, check, note }) {
  const count = short ? 1_000 : 1_900;
  const told = await crowd(program, count, CONNECTIONS - count + 50);
  note(JSON.stringify(told));
  const { opening, first, second, most, refused, statuses, left, accepted } = told;
  check(`${number(count)} native clients at once, each is answered`, first === count && second === count, JSON.stringify(told));
  check(`the server takes ${number(CONNECTIONS)}, and refuses 50 more with 503`, most === CONNECTIONS && refused === 50 && `${statuses}` === '503', JSON.stringify(told));
  check('none is left', left === 0 && accepted === most, JSON.stringify(told));
  return [
    '### Native clients',
    '',
    `${number(count)} opened in ${(opening / 1000).toFixed(1)} s, each answered; ${number(most)} open at once, 50 beyond refused with 503; those that were open were answered again, and closed: ${left} left.`,
  ].join('\n');
}
