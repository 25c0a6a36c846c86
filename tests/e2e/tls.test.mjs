// A page served by https, whose wss: connections go through a real TLS handshake: a proxy of this test's with a certificate
// of its own stands before the server. Chromium only, whose driver can be told to trust that certificate.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { after, before, test } from 'node:test';
import tls from 'node:tls';
import selfsigned from 'selfsigned';
import { SERVER, launch, newPage } from './harness.mjs';

const HOST = 'secure.test';
const open = new Set();
let browser;
let proxy;
let origin;

before(async () => {
  const { private: key, cert } = await selfsigned.generate([{ name: 'commonName', value: HOST }]);
  const { hostname, port } = new URL(SERVER);
  proxy = tls.createServer({ key, cert }, (secure) => {
    const plain = net.connect({ host: hostname, port: Number(port) });
    for (const socket of [secure, plain]) {
      open.add(socket);
      socket.on('close', () => open.delete(socket));
      // Either end may reset; the other one is told by the pipe.
      socket.on('error', () => {
        secure.destroy();
        plain.destroy();
      });
    }
    secure.pipe(plain).pipe(secure);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  origin = `${HOST}:${proxy.address().port}`;
  browser = await launch([`--host-resolver-rules=MAP ${HOST} 127.0.0.1`, '--ignore-certificate-errors']);
});

after(async () => {
  await browser?.close();
  for (const socket of open) socket.destroy();
  proxy?.close();
});

/** In the page: connects, sends one message, closes, and returns what happened. */
async function talk(url) {
  const { default: init, TypedWebSocket } = await import('/pkg/tautline_npm.js');
  await init();
  return new Promise((resolve) => {
    const seen = [];
    const socket = new TypedWebSocket(url, [], (event) => {
      seen.push(event.type === 'message' ? `message ${event.data}` : event.type);
      if (event.type === 'open') socket.send('over TLS');
      if (event.type === 'message') socket.close(4000, 'done');
      if (event.type === 'close') resolve({ url: socket.url, seen, code: event.code, wasClean: event.wasClean });
    });
  });
}

for (const [given, why] of [
  [() => `wss://${origin}/echo`, 'a wss: URL'],
  [() => `https://${origin}/echo`, 'an https: URL, which means wss:'],
  [() => '/echo', 'a relative URL of an https: page, which means wss:'],
]) {
  test(`${why} connects by TLS and echoes`, async () => {
    const { page, problems, close } = await newPage(browser, { ignoreHTTPSErrors: true });
    try {
      await page.goto(`https://${origin}/health`);
      const outcome = await page.evaluate(talk, given());
      assert.deepEqual(outcome, {
        url: `wss://${origin}/echo`,
        seen: ['open', 'message over TLS', 'close'],
        code: 4000,
        wasClean: true,
      });
      assert.deepEqual(problems, []);
    } finally {
      await close();
    }
  });
}
