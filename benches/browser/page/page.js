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

globalThis.receive = (path, count) => client.receive(way, url(path), count);

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
