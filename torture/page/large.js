// Messages of 64 MiB, and of the most that a channel takes, there and back.
import { Channel, Topic } from './channel-support.js';
import { ReconnectingWebSocket, next, url } from './support.js';

const MIB = 1024 * 1024;
const CHARS = 'abcdefghijklmnopqrstuvwxyz012345';

/** So many bytes of which no part is like another. */
function bytesOf(size) {
  const words = new Uint32Array(size / 4);
  for (let at = 0, word = 1; at < words.length; at += 1) {
    word = (Math.imul(word, 1_664_525) + 1_013_904_223) >>> 0;
    words[at] = word;
  }
  return new Uint8Array(words.buffer);
}

/** The same in text, of one byte each. */
function textOf(size) {
  const bytes = bytesOf(size);
  for (let at = 0; at < size; at += 1) bytes[at] = CHARS.charCodeAt(bytes[at] >> 3);
  return new TextDecoder().decode(bytes);
}

function isSame(one, other) {
  if (typeof one === 'string') return one === other;
  // A view of its own: what is received may begin anywhere.
  const [a, b] = [one.slice(), new Uint8Array(other).slice()].map(({ buffer }) => new Uint32Array(buffer));
  return a.length === b.length && a.every((word, at) => word === b[at]);
}

async function bySocket(size, make) {
  const socket = new ReconnectingWebSocket(url('/echo'), [], { binaryType: 'arraybuffer' });
  await socket.opened;
  const message = make(size);
  const start = performance.now();
  socket.send(message);
  const { data } = await next(socket, 'message');
  const ms = performance.now() - start;
  const { opens } = socket.metrics;
  socket.close();
  await socket.closed;
  return { size, ms, intact: opens === 1 && isSame(message, data) };
}

async function byChannel(size, make) {
  const channel = new Channel(new Topic().url, { remember: false });
  const reader = channel.messages();
  await channel.opened;
  const message = make(size);
  const start = performance.now();
  const fate = await channel.sendConfirmed(message);
  const { value } = await reader.next();
  const ms = performance.now() - start;
  let error;
  try {
    channel.send(make(size + 8));
  } catch (thrown) {
    error = thrown.name;
  }
  channel.close();
  await channel.closed;
  return { size, ms, intact: fate === 'accepted' && isSame(message, value.data), refused: error };
}

export async function run() {
  return {
    'a socket, text': await bySocket(64 * MIB, textOf),
    'a socket, binary': await bySocket(64 * MIB, bytesOf),
    'a Channel, text': await byChannel(MIB, textOf),
    'a Channel, binary': await byChannel(MIB, bytesOf),
  };
}
