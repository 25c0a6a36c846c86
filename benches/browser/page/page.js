// What the runner calls in a page: `load` a client, then its jobs. Each page has one client.
import { clients } from './javascript.js';

const RUST = 'clients';

let client;
let way;

/** Loads a row's client: `kind` is `javascript` or `rust`. */
globalThis.load = async (kind, name, itsWay) => {
  way = itsWay;
  if (kind === 'javascript') {
    client = clients[name];
    return;
  }
  const module = await import(new URL(`${RUST}/${name}/client.js`, location.href).href);
  const { memory } = await module.default();
  globalThis.wasmMemory = memory;
  client = module;
};

globalThis.receive = (path, count) => {
  return way.startsWith('Channel/') ? overChannel(path, count) : client.receive(way, url(path), count);
};

/** The same number of messages of the same size, published to a channel of their own. */
async function overChannel(path, count) {
  const { size, kind } = Object.fromEntries(new URLSearchParams(path.split('?')[1]));
  const channel = `${location.host}/channel/bench-${Math.random().toString(36).slice(2)}`;
  const received = client.receive(way, `ws://${channel}`, count);
  // In a thread of its own: its requests are none of the client's work.
  const source = URL.createObjectURL(new Blob([`(${publishing})(...${JSON.stringify([`http://${channel}/dev/`, count, size, kind])})`]));
  const publisher = new Worker(source);
  const sum = await received;
  publisher.terminate();
  URL.revokeObjectURL(source);
  return sum;
}

/** In portions that the channel's history has room for. */
async function publishing(commands, count, size, kind) {
  await fetch(`${commands}wait?websocket=1`);
  for (let left = count; left > 0; left -= 250) {
    await fetch(`${commands}publish?count=${Math.min(left, 250)}&size=${size}&kind=${kind}`, { method: 'POST' });
  }
}

globalThis.cycles = async (path, count) => {
  for (let n = 0; n < count; n += 1) await client.cycle(way, url(path));
};

/** The times of round trips in milliseconds, in their order of size. */
globalThis.echo = async (path, count) => Array.from((await client.echo(way, url(path), count)).sort());

const EACH = 500;

/** Sends messages in portions, with a task in between. */
globalThis.send = async (path, count) => {
  const sending = await client.Sending.open(way, url(path));
  for (let sent = 0; sent < count; sent += EACH) {
    sending.send(EACH);
    await nextTask();
  }
};

function nextTask() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

function url(path) {
  return `ws://${location.host}${path}`;
}

/** Keeps the main thread busy, by which the runner finds its process. */
globalThis.burn = (milliseconds) => {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
};

globalThis.wasmBytes = () => globalThis.wasmMemory?.buffer.byteLength ?? 0;
globalThis.ready = true;
