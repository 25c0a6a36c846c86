// Connections that are opened and dropped leave nothing behind: no listener, no wasm memory, hardly a byte of JavaScript's.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { SERVER, SOCKETS, launch, newPage } from './harness.mjs';

const WARM_UP = 100;
const CONNECTIONS = 1000;
const MAX_BYTES_PER_CONNECTION = 200;

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** A document of the server with nothing but the module, and a way to measure it. */
async function openBlankPage() {
  const opened = await newPage(browser);
  const { page } = opened;
  // A document that the server really sent: to one made up by the driver Chromium forbids connections to the loopback address.
  await page.goto(`${SERVER}/health`);
  await page.evaluate(async () => {
    const { default: init, TypedWebSocket } = await import('/pkg/tautline_npm.js');
    const wasm = await init();
    globalThis.wasmBytes = () => wasm.memory.buffer.byteLength;
    globalThis.openAndDrop = async (url, count, messages) => {
      for (let i = 0; i < count; i += 1) {
        let received = 0;
        let socket;
        await new Promise((resolve, reject) => {
          socket = new TypedWebSocket(url, [], (event) => {
            if (event.type === 'close') reject(new Error(`closed with ${event.code}`));
            if (event.type === 'open') for (let n = 0; n < messages; n += 1) socket.send(`message ${n}`);
            if (event.type === 'message') received += 1;
            if (event.type !== 'error' && received === messages) resolve();
          });
        });
        socket.free();
      }
    };
    const kept = [];
    globalThis.openAndKeep = async (url, count) => {
      for (let i = 0; i < count; i += 1) await new Promise((resolve) => kept.push(new TypedWebSocket(url, [], resolve)));
    };
    globalThis.dropKept = () => kept.splice(0).forEach((socket) => socket.free());
    globalThis.dropConnecting = (url, count) => {
      for (let i = 0; i < count; i += 1) new TypedWebSocket(url, [], () => {}).free();
    };
  });
  const session = await page.context().newCDPSession(page);
  const measure = async () => {
    // Finalisers run after a collection, so what they free is there for the next one.
    for (let i = 0; i < 3; i += 1) await session.send('HeapProfiler.collectGarbage');
    const { jsEventListeners } = await session.send('Memory.getDOMCounters');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    return { listeners: jsEventListeners, heap: usedSize, wasm: await page.evaluate(() => globalThis.wasmBytes()) };
  };
  return { ...opened, measure };
}

test('the browser counts the listeners of connections that are there', async () => {
  // So that the zeros below mean something.
  const { page, measure, close } = await openBlankPage();
  try {
    assert.equal((await measure()).listeners, 0);
    await page.evaluate((url) => globalThis.openAndKeep(url, 10), `${SOCKETS}/echo`);
    assert.equal((await measure()).listeners % 10, 0);
    assert.ok((await measure()).listeners >= 10);
    await page.evaluate(() => globalThis.dropKept());
    assert.equal((await measure()).listeners, 0);
  } finally {
    await close();
  }
});

for (const [what, messages] of [
  ['opened and dropped', 0],
  ['opened, used for a message and dropped', 1],
]) {
  test(`${CONNECTIONS} connections ${what} leave no listener and no growing memory`, { timeout: 180_000 }, async (t) => {
    const { page, problems, measure, close } = await openBlankPage();
    try {
      const run = (count) =>
        page.evaluate(([url, n, m]) => globalThis.openAndDrop(url, n, m), [`${SOCKETS}/echo`, count, messages]);
      await run(WARM_UP);
      const before = await measure();
      await run(CONNECTIONS);
      const after = await measure();
      const bytes = (after.heap - before.heap) / CONNECTIONS;
      t.diagnostic(`JavaScript heap: ${bytes.toFixed(1)} bytes a connection (${before.heap} → ${after.heap})`);
      t.diagnostic(`listeners: ${before.listeners} → ${after.listeners}; wasm memory: ${before.wasm} → ${after.wasm} bytes`);
      assert.ok(after.listeners <= before.listeners, `${before.listeners} → ${after.listeners} listeners`);
      assert.ok(after.wasm <= before.wasm, `${before.wasm} → ${after.wasm} bytes of wasm memory`);
      assert.ok(bytes < MAX_BYTES_PER_CONNECTION, `${bytes} bytes a connection`);
      assert.deepEqual(problems, []);
    } finally {
      await close();
    }
  });
}

test('connections dropped before they are open leave no listener either', { timeout: 60_000 }, async (t) => {
  const { page, problems, measure, close } = await openBlankPage();
  try {
    const run = (count) => page.evaluate(([url, n]) => globalThis.dropConnecting(url, n), [`${SOCKETS}/echo`, count]);
    // One that opens shows that the browser has dealt with those before it.
    const settle = () => page.evaluate((url) => globalThis.openAndDrop(url, 1, 1), `${SOCKETS}/echo`);
    await run(50);
    await settle();
    const before = await measure();
    await run(100);
    await settle();
    const after = await measure();
    t.diagnostic(`listeners: ${before.listeners} → ${after.listeners}; wasm memory: ${before.wasm} → ${after.wasm} bytes`);
    assert.ok(after.listeners <= before.listeners, `${before.listeners} → ${after.listeners} listeners`);
    assert.ok(after.wasm <= before.wasm, `${before.wasm} → ${after.wasm} bytes of wasm memory`);
    assert.deepEqual(problems, []);
  } finally {
    await close();
  }
});
