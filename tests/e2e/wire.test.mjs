// The wire beside the page: the handshake and the frames as the server saw them.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { connect, launch, screenshot, textOf, withDemo } from './harness.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

test('the request and the answer are shown, and the Accept value is worked out', async () => {
  await withDemo(browser, async (page, demo) => {
    await connect(demo);
    await demo.response.getByText('101').waitFor();
    const request = await demo.request.innerText();
    assert.match(request, /^GET \/\?wire=[A-Za-z0-9_-]+ HTTP\/1\.1\n/);
    assert.match(request, /^Upgrade: websocket$/im);
    assert.match(request, /^Sec-WebSocket-Version: 13$/im);
    const key = /^Sec-WebSocket-Key: (\S+)$/im.exec(request)[1];
    const sha1 = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
    const digest = sha1.digest();
    assert.match(await demo.response.innerText(), /^HTTP\/1\.1 101 Switching Protocols\n/);
    const steps = await page.locator('#accept-steps > li').allInnerTexts();
    assert.equal(steps.length, 5);
    assert.ok(steps[0].includes(key));
    assert.ok(steps[1].includes(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`));
    assert.equal(steps[2].replace(/[^\n]*\n/, '').replace(/\s/g, ''), digest.toString('hex'));
    assert.ok(steps[3].includes(digest.toString('base64')));
    assert.match(steps[4], /✓ The same/);
  });
});

test('frames are shown both ways with their header bytes explained', async () => {
  await withDemo(browser, async (_, demo) => {
    await connect(demo);
    await demo.text.fill('Hello');
    await demo.sendText.click();
    const up = await textOf(demo.frame('page → server', 'text'));
    assert.match(up, /81 1 000 0001 FIN 1: last fragment RSV 000 opcode 0x1: text 85 1 0000101 MASK 1: masked length 5 ([0-9a-f]{2} ){4}masking key/);
    assert.match(up, /payload, unmasked “Hello” 48 65 6c 6c 6f$/);
    const down = await textOf(demo.frame('server → page', 'text'));
    assert.match(down, /81 1 000 0001 .* 05 0 0000101 MASK 0: not masked length 5 payload “Hello” 48 65 6c 6c 6f$/);

    // 200 bytes need the longer form of the length.
    await demo.text.fill('x'.repeat(200));
    await demo.sendText.click();
    const long = await textOf(demo.frame('server → page', 'text').nth(1));
    assert.match(long, /7e 0 1111110 MASK 0: not masked 126: length in the next 2 bytes 00 c8 length 200/);

    await demo.code.fill('3001');
    await demo.reason.fill('bye');
    await demo.close.click();
    assert.match(await textOf(demo.frame('page → server', 'close')), /Code 3001 Reason “bye” 0b b9 62 79 65$/);
    await demo.frame('server → page', 'close').waitFor();
    await demo.frames.getByText('The connection is over.').waitFor();
  });
});

test('a refused handshake is 1006 to the page, and 503 on the wire', async () => {
  await withDemo(browser, async (page, demo) => {
    await demo.preset.selectOption('Handshake refused with 503');
    await demo.connect.click();
    assert.match(await textOf(demo.rows('close', 'event')), /code 1006 .* wasClean false$/);
    assert.equal(await demo.rows('open', 'event').count(), 0);
    assert.equal(await demo.rows('error', 'event').count(), 1);
    await demo.response.getByText('HTTP/1.1 503').waitFor();
    assert.match(await textOf(page.getByText(/^The server answered 503/)), /code 1006/);
    assert.equal(await page.locator('#accept').isVisible(), false);
    await screenshot(page, 'refused');
  });
});

test('a wrong Accept value is 1006 to the page, and the wire shows the difference', async () => {
  await withDemo(browser, async (page, demo) => {
    await demo.preset.selectOption('Wrong Sec-WebSocket-Accept');
    await demo.connect.click();
    assert.match(await textOf(demo.rows('close', 'event')), /code 1006/);
    await page.getByText(/^✗ The answer’s header says /).waitFor();
  });
});

test('of other servers the page says that it can’t show the wire', async () => {
  // It takes the connection and hangs up.
  const other = createServer((socket) => socket.destroy());
  other.listen(0, '127.0.0.1');
  await once(other, 'listening');
  try {
    await withDemo(browser, async (page, demo) => {
      await demo.url.fill(`ws://127.0.0.1:${other.address().port}/`);
      await demo.connect.click();
      assert.match(await textOf(demo.rows('close', 'event')), /code 1006/);
      await page.getByText(`You are connecting to 127.0.0.1:${other.address().port}`).waitFor();
      assert.equal(await textOf(demo.request), 'Nothing yet.');
      assert.doesNotMatch(await textOf(page.locator('#fact-url')), /wire=/);
    });
  } finally {
    other.close();
  }
});

test('a server without a feed still connects, and the page says what is missing', async () => {
  await withDemo(browser, async (page, demo) => {
    await page.routeWebSocket(/\/wire\//, (socket) => socket.close());
    await connect(demo);
    await page.getByText(/^The (server did not open its wire feed|wire feed ended early)/).waitFor();
    await demo.sendText.click();
    await demo.rows('message', 'event').waitFor();
  });
});
