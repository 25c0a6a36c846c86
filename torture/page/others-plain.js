// What a socket does with a server that behaves: the cases of the standard's interface.
import { SOON, asked, ended, fresh, opened, same } from './others-kit.js';
import { ReconnectingWebSocket, managed, next, within } from './support.js';

const MIB = 1024 * 1024;

/** After so much a compressor sees the same again; each part begins with its place. */
const PART = 2048;

function bytesOf(size) {
  const words = new Uint32Array(size / 4);
  for (let at = 0; at < words.length; at += 1) words[at] = at % (PART / 4) === 0 ? at : at % (PART / 4);
  return new Uint8Array(words.buffer);
}

function textOf(size) {
  const filling = 'ÄΩ中 and so on, '.repeat(PART).slice(0, PART);
  let text = '';
  for (let at = 0; text.length < size; at += 1) text += `${at}: ${filling}`;
  return text.slice(0, size);
}

function sameBytes(found, wanted) {
  const bytes = new Uint8Array(found);
  if (bytes.length !== wanted.length) throw new Error(`${bytes.length} bytes and not ${wanted.length}`);
  for (let at = 0; at < bytes.length; at += 1) if (bytes[at] !== wanted[at]) throw new Error(`byte ${at} is ${bytes[at]}`);
}

async function bigText({ server }, size) {
  const socket = await opened(`${server.url}/echo`);
  const text = textOf(size);
  if ((await asked(socket, text)) !== text) throw new Error('another text came back');
}

async function bigBytes({ server }, size) {
  const socket = await opened(`${server.url}/echo`, [], { binaryType: 'arraybuffer' });
  const bytes = bytesOf(size);
  sameBytes(await asked(socket, bytes), bytes);
}

/** What is heard of a connection, until its end. */
async function heard(Class, to, protocols, acts = []) {
  const socket = Class === WebSocket ? new Class(to, protocols) : new Class(to, protocols, { retry: false });
  const seen = [];
  const rest = [...acts];
  const act = () => rest.length > 0 && socket.send(rest.shift());
  for (const type of ['open', 'message', 'error', 'close']) {
    socket.addEventListener(type, ({ data, code, reason, wasClean }) => {
      seen.push([type, socket.readyState, socket.protocol, data ?? null, code ?? null, reason ?? null, wasClean ?? null]);
      if (type === 'open' || type === 'message') act();
    });
  }
  const closed = next(socket, 'close');
  if (acts.length === 0) {
    await Promise.race([next(socket, 'open'), closed]);
    socket.close(1000);
  }
  await closed;
  return seen;
}

/** The browser's own class, and ours without retries. */
async function sameAsTheBrowsers(to, protocols, acts) {
  const wanted = await heard(WebSocket, to, protocols, acts);
  same(await heard(ReconnectingWebSocket, to, protocols, acts), wanted, 'events');
  return wanted;
}

export const PLAIN = [
  ['opens, and says what was agreed on', async ({ server }) => {
    const socket = await opened(`${server.url}/echo`);
    same([socket.readyState, socket.protocol, socket.url], [1, '', `${server.url}/echo`], 'state, protocol, URL');
    same(/\bpermessage-deflate\b/.test(socket.extensions), server.deflates, `deflates, as ${socket.extensions} says`);
  }],
  ['text comes back: short, empty, not ASCII, with NUL and line ends', async ({ server }) => {
    const socket = await opened(`${server.url}/echo`);
    for (const text of ['a', '', 'ÄΩ中🙂', 'a\u0000b\r\nc\u2028', ' '.repeat(126), 'x'.repeat(65_536)]) same(await asked(socket, text), text, 'text');
  }],
  ['bytes come back: an ArrayBuffer, a part of one, a DataView, a Blob, none', async ({ server }) => {
    const socket = await opened(`${server.url}/echo`, [], { binaryType: 'arraybuffer' });
    const all = Uint8Array.from({ length: 256 }, (_, at) => at);
    sameBytes(await asked(socket, all.buffer), all);
    sameBytes(await asked(socket, all.subarray(3, 200)), all.subarray(3, 200));
    sameBytes(await asked(socket, new DataView(all.buffer, 10, 5)), all.subarray(10, 15));
    sameBytes(await asked(socket, new Blob([all])), all);
    sameBytes(await asked(socket, new Uint8Array(0)), new Uint8Array(0));
    socket.binaryType = 'blob';
    const blob = await asked(socket, all);
    same(blob instanceof Blob, true, 'a Blob');
    sameBytes(await blob.arrayBuffer(), all);
  }],
  ['1 MiB of text comes back', (given) => bigText(given, MIB)],
  ['1 MiB of bytes comes back', (given) => bigBytes(given, MIB)],
  // Where it is asked often, of a compressor's most expensive work less.
  ['16 MiB of text comes back (in short 4)', (given) => bigText(given, (given.short ? 4 : 16) * MIB)],
  ['16 MiB of bytes comes back', (given) => bigBytes(given, 16 * MIB)],
  ['10,000 small messages come back in their order (in short 2,000)', async ({ server, short }) => {
    const socket = await opened(`${server.url}/echo`);
    const count = short ? 2_000 : 10_000;
    const all = new Promise((resolve, reject) => {
      let at = 0;
      socket.addEventListener('message', ({ data }) => {
        if (data !== `m${at}`) reject(new Error(`${data} came in the place of m${at}`));
        at += 1;
        if (at === count) resolve();
      });
    });
    for (let at = 0; at < count; at += 1) socket.send(`m${at}`);
    await within('all of them', all);
  }],
  ['the entry with the module as a file does the same', async ({ server }) => {
    const slim = await import('/dist/slim.js');
    await slim.initialize('/dist/tautline.wasm');
    const socket = new slim.ReconnectingWebSocket(`${server.url}/echo`, [], SOON);
    await within('its connection', socket.opened);
    await managed(socket);
    same(await asked(socket, 'slim'), 'slim', 'text');
    same((await ended(socket, 1000)).code, 1000, 'its end');
  }],
  ['messages are there for an iteration too', async ({ server }) => {
    const socket = await opened(`${server.url}/echo`);
    const messages = socket.messages();
    for (let at = 0; at < 10; at += 1) socket.send(String(at));
    const found = [];
    for await (const message of messages) if (found.push(message) === 10) break;
    same(found, Array.from({ length: 10 }, (_, at) => String(at)), 'messages');
  }],
  ['the subprotocol that the server chose is told', async ({ server }) => {
    const socket = await opened(`${server.url}/protocol?choose=chat.v1`, ['chat.v2', 'chat.v1']);
    same(socket.protocol, 'chat.v1', 'protocol');
  }],
  ['a server that chooses none of the subprotocols is met as the browser meets it', async ({ server }) => {
    const seen = await sameAsTheBrowsers(`${server.url}/protocol?choose=none`, ['unheard-of']);
    return seen[0][0] === 'open' ? 'opens' : 'fails';
  }],
  ['without retries its events are those of the browser’s class, also when the server closes', async ({ server }) => {
    const seen = await sameAsTheBrowsers(`${server.url}/control`, [], ['one', 'two', 'close 4002 over – and out']);
    same(seen.map(([type]) => type), ['open', 'message', 'message', 'close'], 'types');
    same(seen.at(-1).slice(4), [4002, 'over – and out', true], 'its end');
  }],
  ['without retries a sudden end is that of the browser’s class', async ({ server }) => {
    const seen = await sameAsTheBrowsers(`${server.url}/control`, [], ['one', 'abort reset']);
    same(seen.at(-1).slice(4), [1006, '', false], 'its end');
  }],
  ['code and reason of its own end are what the server saw, and the answer is told as the browser tells it', async ({ seen }) => {
    const [id, other] = [fresh(), fresh()];
    const socket = await opened(seen.url(id));
    same(await asked(socket, 'here'), 'here', 'text');
    const { code, reason, wasClean } = await ended(socket, 4001, 'bye – ☂');
    same([socket.readyState, wasClean], [3, true], 'state, clean');
    same(await seen.closes(id, 1), [[4001, 'bye – ☂']], 'what the server saw');
    const browsers = new WebSocket(seen.url(other));
    await next(browsers, 'open');
    const wanted = next(browsers, 'close');
    browsers.close(4001, 'bye – ☂');
    const answer = await wanted;
    same([code, reason], [answer.code, answer.reason], 'the answer');
    return code;
  }],
];
