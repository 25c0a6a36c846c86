// What is done to a WebSocket: each case is a route of the hostile server, what a page does there, and what has to become of it.
import { deflateRawSync, constants } from 'node:zlib';
import { randomBytes } from 'node:crypto';
import { closing, frame } from './server.mjs';

const MIB = 1024 * 1024;
const [CONTINUATION, TEXT, BINARY, CLOSE, PING] = [0, 1, 2, 8, 9];

const codeOf = (events) => events.find(({ type }) => type === 'close')?.code;
const first = (events, type) => events.find((event) => event.type === type);

/** What became of a connection, in a few words. */
function ended(events) {
  const close = first(events, 'close');
  if (!close) return first(events, 'message') ? `delivered, ${first(events, 'message').size} bytes` : 'no close event';
  const then = first(events, 'gaveup') ? 'for good' : 'tries again';
  return `${close.code}, ${then}`;
}

/** Bytes after the handshake, and then what a good server would say: a browser that takes the first delivers the second. */
const broken = (bytes) => async (exchange) => {
  await exchange.upgrade();
  await exchange.write(Buffer.concat([bytes, frame(TEXT, 'after'), frame(CLOSE, closing(4000, 'the end'))]));
  await exchange.answered();
};

const BROKEN = {
  'a close reason of 1,000 bytes': frame(CLOSE, closing(4000, 'r'.repeat(1000))),
  'a close reason of 1 MiB': frame(CLOSE, closing(4000, 'r'.repeat(MIB))),
  'a close reason that is not UTF-8': frame(CLOSE, Buffer.concat([closing(4000), Buffer.from([0xff, 0xc0])])),
  'a close frame of one byte': frame(CLOSE, Buffer.from([3])),
  'a ping of 126 bytes': frame(PING, 'p'.repeat(126)),
  'a ping in fragments': frame(PING, 'p', { fin: false }),
  'a reserved opcode': frame(3, 'x'),
  'a reserved bit': frame(TEXT, 'x', { rsv: 2 }),
  'a compressed frame that was not agreed on': frame(TEXT, 'x', { rsv: 4 }),
  'a masked frame': frame(TEXT, 'x', { mask: true }),
  'a text that is not UTF-8': frame(TEXT, Buffer.from([0xff, 0xfe])),
  'a continuation of nothing': frame(CONTINUATION, 'x'),
  'a message within a message': Buffer.concat([frame(TEXT, 'a', { fin: false }), frame(TEXT, 'b')]),
  'a length with its highest bit': frame(BINARY, 'x', { length: 2n ** 63n + 1n }),
};

/** 1 MiB of zeros, compressed so that the next may follow. */
const block = deflateRawSync(Buffer.alloc(MIB), { finishFlush: constants.Z_FULL_FLUSH });

/** So many MiB of zeros, as one compressed message of a thousandth of that. */
export function bomb(mib, opcode = BINARY) {
  const payload = Buffer.concat(Array.from({ length: mib }, () => block));
  // RFC 7692: without the last four bytes.
  return frame(opcode, payload.subarray(0, -4), { rsv: 4 });
}

const withDeflate = (bytes) => async (exchange) => {
  await exchange.upgrade({ 'sec-websocket-extensions': 'permessage-deflate' });
  await exchange.write(bytes);
  await exchange.gone;
};

const fragments = (mib) => async (exchange) => {
  await exchange.upgrade();
  await exchange.write(frame(BINARY, 'x', { fin: false }));
  const part = frame(CONTINUATION, Buffer.alloc(64 * 1024), { fin: false });
  for (let written = 0; written < mib * MIB; written += part.length) if (!(await exchange.write(part))) return;
  exchange.end();
  await exchange.gone;
};

const pings = (count) => async (exchange) => {
  await exchange.upgrade();
  const many = Buffer.concat(Array.from({ length: 1000 }, () => frame(PING, 'p'.repeat(125))));
  for (let sent = 0; sent < count; sent += 1000) if (!(await exchange.write(many))) return;
  await exchange.write(frame(TEXT, 'after'));
  await exchange.gone;
};

/** An answer that is sent at once. One that is none ends, as the client would wait for the rest of it. */
const raw = (make) => async (exchange) => {
  const answer = make(exchange);
  await exchange.write(answer);
  if (!`${answer}`.startsWith('HTTP/1.1 101 ')) exchange.end();
  await exchange.gone;
};

/** A handshake's answer that comes too slowly the first time. It ends by itself: Firefox keeps a handshake that was given up. */
const slowly = (parts) => async (exchange) => {
  if (exchange.before === 0) {
    const end = performance.now() + 1200;
    for (const part of parts(exchange)) {
      if (performance.now() > end || !(await exchange.write(part))) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    exchange.reset();
    return;
  }
  await exchange.upgrade();
  await exchange.gone;
};

function* endlessHeaders(exchange) {
  yield exchange.upgraded().slice(0, -2);
  for (;;) yield `x: ${'y'.repeat(16 * 1024)}\r\n`;
}

const goesOn = ({ events, late }) => late === null && events.some(({ type }) => type === 'close');

/** Frames that are none: one case, whose parts the page does one after the other. */
const brokenCase = {
  name: 'frames that are none',
  routes: Object.fromEntries(Object.entries(BROKEN).map(([, bytes], at) => [`/broken-${at}`, broken(bytes)])),
  pages: Object.keys(BROKEN).map((name, at) => ({ name, path: `/broken-${at}`, until: ['close', 'retry|gaveup'] })),
  // A browser refuses most and takes some; in either case there is a close event, and the end is told.
  holds: goesOn,
  how: ({ events }) => (first(events, 'message') ? `taken, then ${ended(events)}` : ended(events)),
};

const one = (name, route, page, holds, how = ({ events }) => ended(events)) => ({
  name,
  routes: { '/it': route },
  pages: [{ name, path: '/it', ...page }],
  holds,
  how,
});

const failedOrOpened = ({ events, late }) => late === null && (first(events, 'open') || first(events, 'error'));
const opening = ({ events }) => (first(events, 'open') ? 'opened' : 'error, tries again');

/** `short` asks for less of what is endless. */
export function socketCases(short) {
  const mib = short ? 32 : 256;
  const refused = (name, make, holds = (result) => failedOrOpened(result) && !first(result.events, 'open')) => one(name, raw(make), { until: ['open|error'] }, holds, opening);
  return [
    brokenCase,
    one(`a message in fragments that never ends, ${mib} MiB of it`, fragments(mib), { until: ['close', 'retry'], limitMs: 60_000 }, (result) => goesOn(result) && !first(result.events, 'message')),
    one(
      'a frame that says it has 1 TiB, and then silence, with a heartbeat',
      async (exchange) => {
        await exchange.upgrade();
        await exchange.write(frame(BINARY, 'x', { length: 2n ** 40n }));
        await exchange.gone;
      },
      { until: ['retry'], options: { heartbeat: { intervalMs: 200, timeoutMs: 200, jitterMs: 0 } } },
      ({ late }) => late === null,
      ({ events }) => `tries again, cause “${first(events, 'retry').cause}”`,
    ),
    one(`a compressed bomb, ${mib} MiB of bytes from ${Math.round((mib * block.length) / 1024)} KiB`, withDeflate(bomb(mib)), { until: ['message|close'], limitMs: 60_000 }, ({ late, events }) => late === null && (first(events, 'message')?.size ?? mib * MIB) === mib * MIB),
    one(`a compressed bomb of text, ${mib} MiB`, withDeflate(bomb(mib, TEXT)), { until: ['message|close'], limitMs: 60_000 }, ({ late, events }) => late === null && (first(events, 'message')?.size ?? mib * MIB) === mib * MIB),
    one('compressed data that is none', withDeflate(frame(BINARY, randomBytes(4096), { rsv: 4 })), { until: ['close', 'retry|gaveup'] }, goesOn),
    one(`${short ? '20,000' : '200,000'} pings at once`, pings(short ? 20_000 : 200_000), { until: ['message'], limitMs: 60_000 }, ({ late }) => late === null),

    one('1 MiB of headers', raw((exchange) => exchange.upgraded({ 'x-large': 'y'.repeat(MIB) })), { until: ['open|error'] }, failedOrOpened, opening),
    one('100 KiB of headers', raw((exchange) => exchange.upgraded({ 'x-large': 'y'.repeat(100 * 1024) })), { until: ['open|error'] }, failedOrOpened, opening),
    one('headers without end', slowly(endlessHeaders), { until: ['retry', 'open'], options: { connectTimeoutMs: [600, 10_000] } }, ({ late }) => late === null, ({ events }) => `“${first(events, 'retry').cause}”, then opened`),
    one('an answer that drips byte by byte', slowly((exchange) => exchange.upgraded()), { until: ['retry', 'open'], options: { connectTimeoutMs: [600, 10_000] } }, ({ late, events }) => late === null && first(events, 'retry').cause === 'connect-timed-out', ({ events }) => `“${first(events, 'retry').cause}”, then opened`),
    refused('bytes that are no HTTP', () => randomBytes(64 * 1024)),
    refused('a redirect to another server', () => 'HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:9/echo\r\nContent-Length: 0\r\n\r\n'),
    // Firefox minds it only where some were asked for.
    refused('a subprotocol that was not asked for', (exchange) => exchange.upgraded({ 'sec-websocket-protocol': 'other' }), failedOrOpened),
    refused('an extension that was not offered', (exchange) => exchange.upgraded({ 'sec-websocket-extensions': 'x-other' })),
    refused('a wrong accept value', (exchange) => exchange.upgraded({ 'sec-websocket-accept': 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' })),
    ...hintCases(),
  ];
}

/** Closes each connection as soon as it is open. */
const turnsAway = (code, reason) => async (exchange) => {
  await exchange.upgrade();
  await exchange.write(frame(CLOSE, closing(code, reason)));
  await exchange.answered();
};

const TIMES = 6;
const WAIT = 100;

/** The shortest time between two attempts, from the third on: the first retry is the server's to name. */
const shortest = (times) => Math.min(...times.slice(2).map((time, at) => time - times[at + 1]));

/** A server that sends everybody back at once, for ever, does not turn the backoff off. */
function endless(name, code, reason) {
  return {
    ...one(name, turnsAway(code, reason), { until: [`retry*${TIMES}`] }, ({ late }, { times }) => late === null && shortest(times) >= WAIT - 10),
    how: (_, { times }) => `${times.length} attempts, no less than ${Math.round(shortest(times))} ms apart`,
  };
}

/** With a code that all engines pass on: WebKitGTK makes 1006 of 1012 and 1013. */
function hintCases() {
  const huge = (name, reason) =>
    one(
      name,
      async (exchange) => (exchange.before === 0 ? turnsAway(4000, reason)(exchange) : broken(Buffer.alloc(0))(exchange)),
      { until: ['retry'], reconnects: true },
      ({ late, events }) => late === null && first(events, 'retry').delayMs >= 300_000 && first(events, 'retry').delayMs <= 600_000,
      ({ events }) => `waits ${Math.round(first(events, 'retry').delayMs / 1000)} s; \`reconnect()\` does not`,
    );
  return [
    endless('1012 right after each open', 1012, ''),
    endless('1012 and “retry-in=0+0” right after each open', 1012, 'retry-in=0+0'),
    endless('4000 and “retry-in=0+0” right after each open', 4000, 'retry-in=0+0'),
    huge('4000 and “retry-in=99999999999999999999999”', 'retry-in=99999999999999999999999'),
    huge('4000 and “retry-in=18446744073709551616+18446744073709551616”', 'retry-in=18446744073709551616+18446744073709551616'),
    one('4000 and hints that are none', turnsAway(4000, 'retry-in=-1 retry-in=1e9 retry-in=NaN'), { until: ['retry'] }, ({ late, events }) => late === null && first(events, 'retry').delayMs <= 100, ({ events }) => `${codeOf(events)}, the usual wait`),
    ...['0', '-1', '1e300', 'Infinity', '9'.repeat(400), 'soon', 'Wed, 21 Oct 2099 07:28:00 GMT'].map((value) =>
      one(
        `503 and \`Retry-After: ${value.length > 40 ? '999… (400 digits)' : value}\` to a probe`,
        async (exchange) => exchange.answer(503, { 'retry-after': value }),
        { until: ['retry*2'], options: { probe: { afterFailures: 1, everyMs: 0 } } },
        ({ late, events }) => late === null && events.some(({ cause, delayMs }) => cause === 'probed' && delayMs >= 0 && delayMs <= 600_000),
        ({ events }) => `waits ${Math.round(events.find(({ cause }) => cause === 'probed').delayMs / 100) / 10} s`,
      ),
    ),
  ];
}
