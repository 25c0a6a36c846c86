// What is done to a Channel over each of its transports, by a server that speaks just enough of PROTOCOL.md to do harm.
import { closing, frame } from './server.mjs';

const MIB = 1024 * 1024;
const RECORDS = 'application/vnd.tautline.frames';
const LARGEST = '9007199254740991';
const [TEXT, CLOSE] = [1, 8];

const count = (events, type) => events.filter((event) => event.type === type).length;
const first = (events, type) => events.find((event) => event.type === type);

export const hello = (more = {}) => {
  const fields = { epoch: 'e', offset: 0, after: 0, session: 'known', ack: 0, beat: 0, limit: MIB, ...more };
  return `h1:${Object.entries(fields).map((pair) => pair.join('=')).join('&')}`;
};

const record = (text) => `t${Buffer.byteLength(text)}:${text}`;
const event = (text) => `data: ${text}\n\n`;

/** Frames, over whatever was asked for; then the answer to a poll ends, and a stream or a WebSocket stays for as long as the client does. */
async function say(exchange, ...frames) {
  if (exchange.headers.has('upgrade')) {
    await exchange.upgrade({ 'sec-websocket-protocol': 'tautline.channel.v1' });
    await exchange.write(Buffer.concat(frames.map((text) => frame(TEXT, text))));
    const end = frames.at(-1).startsWith('x') && Number(frames.at(-1).slice(1, 5));
    if (end >= 1000 && end < 5000) {
      await exchange.write(frame(CLOSE, closing(end)));
      exchange.end();
    }
  } else if (exchange.query.has('tl_wait')) {
    await exchange.answer(200, { 'content-type': RECORDS }, frames.map(record).join(''));
    return;
  } else {
    await exchange.write(exchange.head(200, { 'content-type': 'text/event-stream' }));
    await exchange.write(frames.map(event).join(''));
  }
  await exchange.gone;
}

/** Whether the client only asks if the server is there. */
const isProbe = ({ method, headers, query }) => method === 'HEAD' || (method === 'GET' && !headers.has('upgrade') && !query.has('tl_session'));

/** Probes are answered as they are to be, and so are POSTs; all else is the case's. */
const channel = (serve, post = (exchange) => exchange.answer(200, { 'content-type': RECORDS }, record('a1:'))) => async (exchange) => {
  if (isProbe(exchange)) return exchange.answer(200, { 'tautline-channel': '1' });
  return exchange.method === 'POST' ? post(exchange) : serve(exchange);
};

/** Why the first connection was lost. */
function lost({ events }) {
  const cause = first(events, 'lost')?.cause;
  if (!cause) return first(events, 'close') ? `ends: “${first(events, 'close').cause.kind}”` : 'goes on';
  const more = cause.error?.kind ?? cause.close?.code ?? '';
  return `${cause.kind}${more && ` ${more}`}, tries again`;
}

const STREAMS = ['event-stream', 'fetch-stream'];
const POLLS = ['long-polling', 'polling'];
const KINDS = ['websocket', ...STREAMS, ...POLLS];

const one = (name, serve, page, { kinds = KINDS, holds = ({ late }) => late === null, how = lost, post } = {}) => ({
  name,
  routes: { '/channel/': channel(serve, post) },
  kinds,
  page,
  holds,
  how,
});

const refused = { until: ['lost', 'retry'] };

/** A server that turns away each connection in order, for ever. */
const TIMES = 6;
const WAIT = 100;
const shortest = (times) => Math.min(...times.slice(2).map((time, at) => time - times[at + 1]));
const endless = (name, ...frames) =>
  one(name, (exchange) => say(exchange, ...frames), { until: [`retry*${TIMES}`], limitMs: 40_000 }, {
    holds: ({ late }, times) => late === null && shortest(times) >= WAIT - 10,
    how: (result, times) => `${times.length} requests, no less than ${Math.round(shortest(times))} ms apart`,
  });

/** What comes before a message must not hinder it. */
const clutter = (name, text) =>
  one(
    name,
    async (exchange) => {
      await exchange.write(exchange.head(200, { 'content-type': 'text/event-stream' }));
      await exchange.write(event(hello()));
      for (const part of text) if (!(await exchange.write(part))) return;
      await exchange.write(event('m1:after'));
      await exchange.gone;
    },
    { until: ['message'], limitMs: 60_000 },
    { kinds: STREAMS, how: () => 'the message after it comes' },
  );

/** An answer to a poll, in parts. */
const answer = (greeting, parts, last = '') => async (exchange) => {
  await exchange.write(exchange.head(200, { 'content-type': RECORDS }));
  await exchange.write(record(greeting));
  for (const part of parts) if (!(await exchange.write(part))) return;
  if (last) await exchange.write(last);
  exchange.end();
};

function* repeated(text, mib) {
  const part = text.repeat(Math.ceil(MIB / text.length));
  for (let at = 0; at < mib; at += 1) yield part;
}

/** `short` asks for less of what is endless. */
export function channelCases(short) {
  const mib = short ? 8 : 64;
  return [
    one('a hello with offsets and times of 2^53 − 1, and then one beyond them', (exchange) => say(exchange, hello({ offset: LARGEST, after: LARGEST, beat: LARGEST, limit: LARGEST }), 'm9007199254740992:x'), { until: ['open', 'lost', 'retry'] }),
    ...['9007199254740992', '18446744073709551616', '9'.repeat(400), '-1', '1e3', '0x10', ''].map((number) =>
      one(`a hello with the offset ${number.length > 40 ? '999… (400 digits)' : number || '“”'}`, (exchange) => say(exchange, hello({ offset: number })), refused),
    ),
    one('a hello that acknowledges 2^53 − 1 of nothing', (exchange) => say(exchange, hello({ ack: LARGEST })), refused),
    one('a hello with 100,000 keys', (exchange) => say(exchange, `${hello()}${Array.from({ length: 100_000 }, (_, at) => `&k${at}=v`).join('')}`), { until: ['open|lost'] }, { how: (result) => (first(result.events, 'open') ? 'skips them' : lost(result)) }),
    ...['m18446744073709551617:x', `m${'1'.repeat(1000)}:x`, `a${LARGEST}:`, 'x65536:', 'x0:', `x1013:${'r'.repeat(MIB)}`].map((text) =>
      one(`\`${text.length > 40 ? `${text.slice(0, 9)}…\` (${text.length.toLocaleString('en')} characters)` : `${text}\``}`, (exchange) => say(exchange, hello(), text), refused),
    ),
    endless('`x1012` in the place of each hello', 'x1012:'),
    endless('`x1012` after each hello', hello(), 'x1012:'),
    // A stream says one hello, and loses nothing where nothing is sent.
    one('a session that each hello has forgotten', (exchange) => say(exchange, hello({ session: 'new' })), { until: [`retry*${TIMES}`], limitMs: 40_000 }, {
      kinds: POLLS,
      // The first time another one begins at once, and after that with the usual wait.
      holds: ({ late, events }) => late === null && count(events, 'lost') <= count(events, 'retry') + 1 && events.every(({ delayMs = WAIT }) => delayMs >= WAIT),
      how: ({ events }) => `forgotten ${count(events, 'lost')} times, waited ${count(events, 'retry')} times`,
    }),
    clutter('an event stream with `retry: 999…`, an id of 1 MiB and 10,000 unknown fields', [`retry: ${'9'.repeat(400)}\nid: ${'i'.repeat(MIB)}\n${'field: value\n'.repeat(10_000)}\n`]),
    clutter(`an event stream with ${mib} MiB of comments`, [...repeated(':\n', mib)]),
    one(
      'an answer of messages without end',
      // Repeats of what is there are no error: what bounds them is the answer's size.
      answer(hello({ offset: 1, after: 1 }), [...repeated(record(`m1:${'x'.repeat(4096)}`), 64)]),
      { until: ['lost', 'retry'], limitMs: 60_000 },
      { kinds: POLLS },
    ),
    one(
      `an answer with ${short ? 1 : 2} MiB of the smallest records`,
      answer(hello({ offset: 1 }), [...repeated(record('a0:'), short ? 1 : 2)], record('m1:after')),
      { until: ['message'], limitMs: 120_000 },
      { kinds: ['polling'], how: () => 'the message after them comes' },
    ),
    one('an answer that says it has 1 TiB, and then silence', async (exchange) => {
      await exchange.write(exchange.head(200, { 'content-type': RECORDS, 'content-length': 2 ** 40 }));
      await exchange.gone;
    }, refused, { kinds: POLLS }),
    one('redirects in a circle', async (exchange) => exchange.answer(302, { location: `/channel/c?${exchange.query}` }), refused, { kinds: [...STREAMS, ...POLLS] }),
    ...retryAfterCases(short),
  ];
}

/** What a POST that is refused twice says of when to come back. */
function retryAfterCases(short) {
  const values = ['0', '-1', 'soon', 'Wed, 21 Oct 2099 07:28:00 GMT', '1e300', ...(short ? [] : ['Infinity', '9'.repeat(400)])];
  return values.map((value) => {
    const posts = [];
    const post = async (exchange) => {
      posts.push(performance.now());
      const fails = value === '1e300' || value.length > 40 || value === 'Infinity' ? 1 : 2;
      if (posts.length <= fails) return exchange.answer(503, { 'retry-after': value });
      return exchange.answer(200, { 'content-type': RECORDS }, record('a1:'));
    };
    const waits = () => posts.slice(1).map((time, at) => Math.round(time - posts[at]));
    return {
      ...one(
        `503 and \`Retry-After: ${value.length > 40 ? '999… (400 digits)' : value}\` to a POST`,
        (exchange) => say(exchange, hello()),
        { until: ['fate'], send: 'x', limitMs: 30_000 },
        {
          kinds: ['fetch-stream'],
          post,
          // A quarter of a second at the least, and five seconds with what a busy machine adds.
          holds: ({ late, events }) => late === null && first(events, 'fate').fate === 'accepted' && waits().every((wait) => wait >= 180 && wait < 9000),
          how: () => `sent again after ${waits().join(' and ')} ms, accepted`,
        },
      ),
      /** What a case remembers is of one browser. */
      again: () => posts.splice(0),
    };
  });
}
