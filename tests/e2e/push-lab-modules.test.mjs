// The Push Lab's pure modules, without a browser.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clockFrom } from '../../www/push-lab/api.js';
import { claimsOf } from '../../www/push-lab/claims.js';
import { arrowsOf, sumsOf } from '../../www/push-lab/ladder.js';
import { Tally, parseMessage, percentile } from '../../www/push-lab/measure.js';
import { PRESETS, SLIDERS, graceOf, paramsOf } from '../../www/push-lab/plan.js';
import { LAB_STRINGS } from '../../www/push-lab/strings.js';
import { COLUMNS, resultOf, toCsv, toMarkdown } from '../../www/push-lab/summary.js';

test('every text is there in all languages, with the same places', () => {
  const places = (strings) =>
    Object.fromEntries(Object.entries(strings).map(([key, text]) => [key, [...new Set(text.match(/\{\w+\}/g))].sort()]));
  assert.deepEqual(places(LAB_STRINGS['zh-Hans']), places(LAB_STRINGS.en));
  const { en } = LAB_STRINGS;
  for (const { key } of COLUMNS) assert.ok(en[`column_${key}`] && en[`means_${key}`], key);
  for (const { id, unit } of SLIDERS) assert.ok(en[`slider_${id}`] && en[`unit_${unit}`], id);
  for (const name of Object.keys(PRESETS)) assert.ok(en[`preset_lab_${name}`] && en[`note_lab_${name}`], name);
});

test('a message is a number, a time and filling', () => {
  assert.deepEqual(parseMessage('7 1234.568 xxx'), { number: 7, at: 1234.568 });
  assert.deepEqual(parseMessage('7 1234.568 '), { number: 7, at: 1234.568 });
  for (const other of ['', '7', '7 1234.568', 'x 1.0 x', '7 1234.568 xy']) assert.equal(parseMessage(other), null, other);
});

test('percentiles are by the nearest rank', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
  assert.equal(percentile(hundred, 0.5), 50);
  assert.equal(percentile(hundred, 0.99), 99);
  assert.equal(percentile([7], 0.99), 7);
  assert.equal(percentile([], 0.5), null);
});

test('messages are counted once, with those out of order and those the network does not explain', () => {
  const tally = new Tally({ explained: 100, bucketMs: 500 });
  const arrivals = [[1, 0, 100], [3, 0, 120], [2, 0, 151], [3, 0, 160], [4, 100, 100]];
  for (const [number, at, now] of arrivals) tally.message({ number, at }, now);
  assert.deepEqual([tally.received, tally.repeated, tally.outOfOrder, tally.late], [4, 1, 1, 1]);
  assert.deepEqual(tally.latency(), { p50: 100, p99: 151 });
  // Clocks that differ by a little never make a latency negative.
  tally.message({ number: 5, at: 1010 }, 1009);
  assert.deepEqual(tally.series(0, 2), [100, null, 0]);
});

test('the clock is the quickest sample’s, wrong by half of what it took and by a step of its own at most', () => {
  const samples = [
    { sent: 0, there: 1000, came: 30 },
    { sent: 100, there: 1104, came: 104 },
    { sent: 200, there: 1220, came: 240 },
  ];
  const clock = clockFrom(samples, 1);
  assert.equal(clock.errorMs, 3);
  assert.ok(Math.abs(clock.now() - performance.now() - 1002) < 5);
});

const lane = { requests: 10, bytes_up: 3000, bytes_down: 1000, open: 1, accepted: 2, most_open: 2 };
const racer = (id, more = {}) => ({
  id,
  transport: null,
  overtaken: 0,
  repeated: 0,
  reconnects: 0,
  tally: { received: 20, outOfOrder: 0, late: 1, latency: () => ({ p50: 10.04, p99: 20 }) },
  ...more,
});

test('a result has what the page and the server counted', () => {
  const result = resultOf(racer('polling-rate', { overtaken: 3 }), lane, 25);
  assert.deepEqual([result.outOfOrder, result.lost, result.perMessage, result.most], [3, 5, 200, 2]);
  const nothing = { received: 0, outOfOrder: 0, late: 0, latency: () => ({ p50: null, p99: null }) };
  assert.equal(resultOf(racer('websocket', { tally: nothing }), lane, 0).perMessage, null);
});

test('the table goes out as Markdown and as CSV, and nothing in it breaks them', () => {
  const names = ['Technique', ...COLUMNS.map(({ key }) => key)];
  const rows = [resultOf(racer('websocket'), { ...lane, bytes_down: 1_234_567 }, 20)];
  const markdown = toMarkdown(rows, names, () => 'Web|Socket');
  const [head, rule, row, end] = markdown.split('\n');
  assert.equal(head.split(' | ').length, COLUMNS.length + 1);
  assert.equal(rule.split(' | ').length, COLUMNS.length + 1);
  assert.ok(row.startsWith('| Web\\|Socket | 20 | 10.0 | 20.0 |') && row.includes('| 1,234,567 |'), row);
  assert.equal(end, '');
  const csv = toCsv(rows, names, () => '=Web, "Socket"', { delay: 50 });
  const [header, line] = csv.split('\r\n');
  assert.ok(header.endsWith(',delay'));
  assert.ok(line.startsWith('"\'=Web, ""Socket""",20,10,20,'), line);
  assert.ok(line.includes(',1234567,') && line.endsWith(',50'), line);
});

const rows = (changes) =>
  ['polling-rate', 'polling-delay', 'long-polling', 'event-stream', 'websocket'].map((id) => ({
    ...resultOf(racer(id), lane, 20),
    ...changes[id],
  }));
const verdicts = (list) => Object.fromEntries(list.map(({ key, state }) => [key, state]));

test('a claim is seen, not seen, or not tested where its conditions are not there', () => {
  const idle = { ...PRESETS.idle };
  const silent = { received: 0, perMessage: null, p50: null };
  const quiet = rows({
    'polling-rate': silent,
    'polling-delay': silent,
    'long-polling': { ...silent, requests: 1 },
    'event-stream': { ...silent, requests: 1 },
    websocket: { ...silent, requests: 1 },
  });
  assert.deepEqual(verdicts(claimsOf(quiet, idle, 0, 10)), {
    waste: 'seen',
    reorder: 'untested',
    held: 'untested',
    stream: 'untested',
    socket: 'untested',
    wait: 'untested',
  });
  const slow = rows({ 'polling-rate': { outOfOrder: 4 }, websocket: { requests: 1, perMessage: 110 }, 'event-stream': { requests: 1 } });
  const { waste, reorder, socket, stream } = verdicts(claimsOf(slow, PRESETS.slow, 20, 10));
  assert.deepEqual([waste, reorder, socket, stream], ['untested', 'seen', 'seen', 'seen']);
  const odd = verdicts(claimsOf(rows({ 'polling-rate': { outOfOrder: 4 }, 'polling-delay': { outOfOrder: 1 } }), PRESETS.slow, 20, 10));
  assert.equal(odd.reorder, 'unseen');
});

test('the slow network’s jitter is larger than its interval, and every preset lies on the sliders', () => {
  assert.ok(PRESETS.slow.jitter > PRESETS.slow.every);
  for (const [name, preset] of Object.entries(PRESETS)) {
    assert.deepEqual(Object.keys(preset).sort(), SLIDERS.map(({ id }) => id).sort());
    for (const { id, min, max, step } of SLIDERS) {
      const value = preset[id];
      assert.ok(value >= min && value <= max && (value - min) % step === 0, `${name}: ${id} ${value}`);
    }
  }
  assert.deepEqual(paramsOf(PRESETS.idle), { rate: 0, burst: 1, size: 96, delay_ms: 50, jitter_ms: 0, seconds: 10 });
  assert.ok(graceOf(PRESETS.slow) > 4 * 1200);
});

test('a ladder shows what has begun by now, and how far it is', () => {
  const hop = (kind, at, due, more = {}) => ({ connection: 0, what: { kind, ...more }, bytes: 100, at_ms: at, due_ms: due });
  const hops = [
    { ...hop('open', 0, 0), bytes: 0 },
    hop('request', 0, 300, { handshake: false }),
    hop('answer', 300, 600, { status: 204 }),
    hop('request', 700, 1000, { handshake: false }),
  ];
  const record = { hops, published: [{ number: 1, at: 400 }], seen: [{ number: 1, at: 900 }] };
  const { arrows, marks } = arrowsOf(record, 450);
  assert.deepEqual(arrows.map(({ up, done }) => [up, done]), [[true, 1], [false, 0.5]]);
  assert.deepEqual(marks.map(({ side }) => side), ['server']);
  assert.deepEqual(sumsOf(hops), { requests: 2, empty: 1, up: 200, down: 100 });
});
