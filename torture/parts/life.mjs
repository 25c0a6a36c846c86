// A soak: a socket and a channel in each browser, all at once, through links with faults, and everything accounted for in the end.
import { inChromium } from '../devtools.mjs';
import { table } from '../report.mjs';
import { Link, disturb } from '../trouble.mjs';

export const title = 'Long life';

const NAMES = { chrome: 'Chromium', firefox: 'Firefox', webkit: 'WebKit' };
const KIB = 1024;
/** By how much the heap may have grown in the end: what the engine compiles meanwhile is more than what the library keeps. */
const MOST = 2048 * KIB;
/** At most so many messages: a ledger has room for 100,000, with the heartbeat's. */
const MESSAGES = 40_000;
/** What it may take to settle in the end, and a busy machine beyond. */
const SPARE = 180_000;

export async function run(context) {
  const { engines, minutes } = context;
  const results = await Promise.all(engines.map((engine) => soak(context, engine)));
  const [sockets, channels, faults] = [[], [], []];
  for (const [at, engine] of engines.entries()) {
    const { socket, channel, disturbed, heap } = results[at];
    judge(context, engine, socket, channel, heap);
    const { fates } = socket;
    const gone = fates.dropped + fates.expired + fates.failed;
    sockets.push([NAMES[engine], socket.connections, socket.sent, socket.arrived, fates.unknown, gone, socket.lost, socket.doubled, socket.outOfOrder, socket.pushed, socket.pushedTwice + socket.pushedOutOfOrder]);
    const { sent, accepted, published, delivered, lost, doubled, outOfOrder, told, repeatedThere } = channel;
    channels.push([NAMES[engine], told.open, told.moved + told.steppeddown, sent, accepted, published, delivered, lost, doubled, outOfOrder, repeatedThere]);
    faults.push(`${NAMES[engine]}: ${Object.entries(disturbed).map(([fault, times]) => `${times} × ${fault}`).join(', ')}`);
    if (heap) faults.push(`Chromium’s heap: ${(heap.before / KIB).toFixed(0)} KiB once both were open, ${(heap.after / KIB).toFixed(0)} KiB in the end`);
  }
  const socketHead = ['browser', 'connections', 'sent', 'arrived', 'told as unknown', 'told as dropped, expired, failed', 'lost', 'doubled', 'out of order', 'news received', 'doubled or out of order'];
  const channelHead = ['browser', 'connections', 'moves', 'sent', 'accepted', 'published', 'delivered', 'lost', 'doubled', 'out of order', 'repeats that the server dropped'];
  return [
    `It ran for ${minutes} minute${minutes === 1 ? '' : 's'} in all browsers at once: a ReconnectingWebSocket with a heartbeat, and a Channel over whatever passes, messages both ways, each`,
    'through a link that is cut, frozen, stopped, blocked, delayed and narrowed at random, every second or two. Then the links were well, and both had to come to rest.',
    '',
    'ReconnectingWebSocket. Lost is what neither arrived nor was told; of what is unknown nobody can say whether it arrived.',
    '',
    table(socketHead, sockets),
    '',
    'Channel: nothing may be lost, and nothing is told to be.',
    '',
    table(channelHead, channels),
    '',
    faults.map((line) => `- ${line}.`).join('\n'),
  ].join('\n');
}

async function soak(context, engine) {
  const { server, minutes, seed, note, inBrowser } = context;
  const ms = minutes * 60_000;
  const every = Math.max(40, Math.ceil(ms / MESSAGES));
  const most = Math.ceil(ms / every) + 10;
  const id = `life-${engine}-${Date.now()}`;
  const links = [await Link.open(server, ms + 2 * SPARE), await Link.open(server, ms + 2 * SPARE)];
  const begin = {
    socket: { url: links[0].url('ws', `/ledger/${id}?push_ms=${every}`), ledger: `${server}/ledger/${id}`, most },
    channel: { url: links[1].url('http', `/channel/${id}`), dev: `${server}/channel/${id}/dev`, most },
  };
  const go = { ms, every };
  const tell = async (command) => {
    const response = await fetch(`${begin.channel.dev}/${command}`, { method: 'POST' });
    if (!response.ok) throw new Error(`${command}: ${await response.text()}`);
  };
  const disturbed = async () => {
    await tell('set?beat_ms=500');
    await tell(`publish?count=${most}&every_ms=${every}&size=30`);
    const [one, other] = await Promise.all(links.map((link, at) => disturb(link, seed, `${engine} ${at}`, ms)));
    return Object.fromEntries(Object.entries(one).map(([fault, times]) => [fault, times + other[fault]]));
  };
  const limit = ms + SPARE;
  let told;
  if (engine === 'chrome') {
    told = await inChromium(context, 'life', limit, async (page) => {
      await page.run({ begin });
      const before = await page.look();
      const [account, counts] = await Promise.all([page.run({ go }), disturbed()]);
      const after = await page.look();
      return { ...account, disturbed: counts, heap: { before: before.heap, after: after.heap, wasm: after.wasm - before.wasm } };
    });
  } else {
    const [account, counts] = await Promise.all([inBrowser(engine, 'life', { begin, go }, limit), disturbed()]);
    told = { ...account, disturbed: counts };
  }
  await Promise.all(links.map((link) => link.order('end')));
  note(`${engine}: ${JSON.stringify(told)}`);
  return told;
}

function judge({ check }, engine, socket, channel, heap) {
  const all = JSON.stringify(socket);
  check(`${engine}: the socket came back again and again`, socket.connections > 3 && socket.sent > 100 && socket.pushed > 100, all);
  check(`${engine}: each message of the socket arrived, or its fate was told`, socket.lost === 0 && socket.contradicted === 0 && socket.toldTwice === 0, all);
  check(`${engine}: none arrived twice, or before another`, socket.doubled === 0 && socket.outOfOrder === 0, all);
  check(`${engine}: no news came twice, or out of order`, socket.pushedTwice === 0 && socket.pushedOutOfOrder === 0, all);
  check(`${engine}: the socket ends cleanly`, socket.wasClean, all);
  const every = JSON.stringify(channel);
  check(`${engine}: the Channel came back again and again`, channel.told.open > 3 && channel.sent > 100 && channel.told.close === 0, every);
  check(`${engine}: each message of the Channel was accepted once`, channel.accepted === channel.sent && channel.atServer === channel.sent, every);
  check(`${engine}: each that was published was delivered once, in order`, channel.lost === 0 && channel.doubled === 0 && channel.outOfOrder === 0 && channel.told.missed === 0, every);
  if (heap) {
    check(`${engine}: the heap grows by ${MOST / KIB} KiB at the most`, heap.after - heap.before <= MOST, `${heap.before} → ${heap.after}`);
    check(`${engine}: wasm memory does not grow`, heap.wasm <= 0, `${heap.wasm}`);
  }
}
