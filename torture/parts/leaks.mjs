// What stays of connections that have come and gone: a slope of bytes and counts, in Chromium.
import { withChromium } from '../devtools.mjs';
import { table } from '../report.mjs';

export const title = 'Leaks';

/** The most bytes of heap that may stay of a connection. */
const MOST = 64;
/** In how many steps the connections are made: after each there is a look at the memory. */
const STEPS = 10;

/** Of fewer connections than this only what is gross can be told from what the engine makes once: their growth may be so much in all. */
const FEW = 400;
const MOST_OF_FEW = 128 * 1024;

/** Name, what it does, and by how much its counts are divided in full and in short: what goes over HTTP is slower. */
const CASES = [
  ['bare', 'the browser’s own class, opened and closed', 4, 4],
  ['reconnects', 'one ReconnectingWebSocket, ended by the server in three ways', 1, 1],
  ['anew', 'one ReconnectingWebSocket, `reconnect()`', 4, 4],
  ['sockets', 'ReconnectingWebSockets, opened and closed, with a reader and a shared signal', 1, 1],
  ['channel', 'one Channel, dropped by the server', 1, 2],
  ['channels', 'Channels, opened and closed, with a reader and a shared signal', 4, 4],
  ['event-stream', 'one Channel over an event stream', 10, 10],
  ['fetch-stream', 'one Channel over a fetch stream', 10, 10],
  ['long-polling', 'one Channel over long polling', 10, 10],
  ['polling', 'one Channel over polling', 10, 10],
];

export async function run(context) {
  if (!context.engines.includes('chrome')) {
    context.check('is asked where Chromium is', true);
    return 'Not asked: Chromium was not among the engines.';
  }
  const rows = await withChromium(context, async (open) => {
    const judged = [];
    for (const [name, what, inFull, inShort] of CASES) {
      const [warm, count] = context.short ? [500 / inShort, 1_000 / inShort] : [2_000 / inFull, 10_000 / inFull];
      const begun = Date.now();
      const points = await open('leaks', 600_000, (page) => measure(page, name, warm, count));
      judged.push(judge(context, name, what, points, (Date.now() - begun) / 1000));
    }
    return judged;
  });
  const head = ['what', 'connections', 'heap, bytes each', 'buffers, bytes each', 'wasm memory, KiB', 'listeners', 'nodes', 'documents', 'open at the server'];
  return [
    `After a warm-up, ${STEPS} looks at the page’s memory, each after several garbage collections. What a connection leaves is the slope of a line`,
    `through them, with its standard error; it may be ${MOST} bytes at the most. Before → after, for what is counted.`,
    '',
    table(head, rows),
  ].join('\n');
}

/** What there is after the warm-up, and after each step. */
async function measure(page, name, warm, count) {
  await page.run({ begin: name, step: warm });
  // The first looks make something of their own.
  for (let turn = 0; turn < 2; turn += 1) await page.look();
  const points = [{ made: 0, ...(await page.look()) }];
  for (let step = 1; step <= STEPS; step += 1) {
    await page.run({ step: count / STEPS });
    points.push({ made: (step * count) / STEPS, ...(await page.look()) });
  }
  return { points, open: await page.run({ end: true }) };
}

/** The slope of a line through the points by least squares, and its standard error. */
export function slopeOf(points, what) {
  const mean = (of) => points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean(({ made }) => made), mean((point) => point[what])];
  const square = points.reduce((sum, { made }) => sum + (made - x) ** 2, 0);
  const slope = points.reduce((sum, point) => sum + (point.made - x) * (point[what] - y), 0) / square;
  const rest = points.reduce((sum, point) => sum + (point[what] - y - slope * (point.made - x)) ** 2, 0);
  return { slope, error: Math.sqrt(rest / (points.length - 2) / square) };
}

function judge({ check, note }, name, what, { points, open }, seconds) {
  const [first, last] = [points[0], points.at(-1)];
  const each = (of) => {
    const { slope, error } = slopeOf(points, of);
    return { slope, text: `${slope.toFixed(1)} ± ${error.toFixed(1)}` };
  };
  const [heap, buffers] = [each('heap'), each('buffers')];
  const kib = (bytes) => bytes / 1024;
  const steps = points.map((point) => kib(point.heap).toFixed(0)).join(' ');
  note(`${name}: ${last.made} connections in ${seconds.toFixed(1)} s, ${heap.text} bytes of heap each (KiB: ${steps}), ${buffers.text} of buffers, ${kib(last.wasm)} KiB of wasm`);
  // What the browser's own class leaves is not ours.
  const isFew = last.made < FEW;
  const bounded = (of, { slope, text }) => {
    if (isFew) check(`${name}: ${of} grows by ${MOST_OF_FEW} bytes at the most`, slope * last.made <= MOST_OF_FEW, text);
    else check(`${name}: at most ${MOST} bytes of ${of} stay of a connection`, slope <= MOST, text);
  };
  if (name !== 'bare') bounded('heap', heap);
  bounded('buffers', buffers);
  check(`${name}: wasm memory does not grow`, last.wasm <= first.wasm, `${first.wasm} → ${last.wasm}`);
  for (const count of ['listeners', 'nodes', 'documents']) {
    // Some connections may still be about to end.
    check(`${name}: no more ${count}`, slopeOf(points, count).slope < 0.02, points.map((point) => point[count]).join(' '));
  }
  check(`${name}: the server has none open`, open === 0, `${open}`);
  const pair = (count, unit = 1) => `${first[count] / unit} → ${last[count] / unit}`;
  return [what, last.made, heap.text, buffers.text, pair('wasm', 1024), pair('listeners'), pair('nodes'), pair('documents'), open];
}
