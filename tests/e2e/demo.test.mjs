// The demo used as a person would: connect, watch, send, close.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { SERVER, SOCKETS, connect, launch, screenshot, textOf, withDemo } from './harness.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

test('a person connects, sends text, bytes and a file, closes with a code, and sees it all', async () => {
  await withDemo(browser, async (page, demo) => {
    assert.equal(await demo.url.inputValue(), `${SOCKETS}/`);
    await connect(demo);
    assert.match(await textOf(demo.rows('open', 'event')), /^[\d.]+ m?s ●open event no fields/);

    await demo.text.fill('Hello, 世界 👋');
    await demo.sendText.click();
    assert.match(await textOf(demo.rows('send()', 'you').nth(0)), /“Hello, 世界 👋” 18 bytes$/);
    assert.match(await textOf(demo.rows('message', 'event').nth(0)), /kind text data “Hello, 世界 👋” 18 bytes$/);

    await demo.hex.fill('00 01 fe ff');
    await demo.sendBytes.click();
    assert.match(await textOf(demo.rows('message', 'event').nth(1)), /kind binary data 00 01 fe ff 4 bytes$/);

    await demo.file.setInputFiles({ name: 'notes.bin', mimeType: 'application/octet-stream', buffer: Buffer.from([0xca, 0xfe, 0x00]) });
    await demo.sendFile.click();
    assert.match(await textOf(demo.rows('send()', 'you').nth(2)), /File notes\.bin/);
    assert.match(await textOf(demo.rows('message', 'event').nth(2)), /kind binary data ca fe 00 3 bytes$/);

    await demo.code.fill('3001');
    await demo.reason.fill('bye');
    await demo.close.click();
    assert.match(await textOf(demo.rows('close', 'event')), /code 3001 name .+ reason bye wasClean true$/);
    await demo.state('CLOSED').waitFor();
    // Each state was entered, and the page says when.
    const states = await page.locator('#states').innerText();
    assert.match(states, /0 CONNECTING\s+0\.0 ms\s+.*1 OPEN\s+[\d.]+ m?s\s+.*2 CLOSING\s+[\d.]+ m?s\s+.*3 CLOSED/s);
    assert.equal(await demo.alert.count(), 0);
    await screenshot(page, 'light');
  });
});

test('the close form starts with 1000 and no reason, and sends them', async () => {
  await withDemo(browser, async (_, demo) => {
    await connect(demo);
    assert.equal(await demo.code.inputValue(), '1000');
    assert.equal(await demo.reason.inputValue(), '');
    await demo.close.click();
    assert.match(await textOf(demo.rows('close', 'event')), /code 1000 name Normal Closure reason \(empty\) wasClean true$/);
  });
});

test('an empty code and reason close without a code', async () => {
  await withDemo(browser, async (_, demo) => {
    await connect(demo);
    await demo.code.fill('');
    await demo.close.click();
    assert.match(await textOf(demo.rows('close', 'event')), /code 1005/);
    await demo.frame('page → server', 'close').filter({ hasText: 'no payload' }).waitFor();
  });
});

test('the server’s choice of subprotocol stands in the state', async () => {
  await withDemo(browser, async (page, demo) => {
    await demo.preset.selectOption('Choose a subprotocol');
    assert.equal(await demo.protocols.inputValue(), 'chat, superchat');
    await connect(demo);
    assert.equal(await textOf(page.locator('#fact-protocol')), 'chat');
    assert.match(await demo.request.innerText(), /Sec-WebSocket-Protocol: chat, superchat/i);
  });
});

test('binary messages arrive as Blob when asked for', async () => {
  await withDemo(browser, async (_, demo) => {
    await demo.binaryType.selectOption('blob');
    await connect(demo);
    await demo.sendBytes.click();
    const row = demo.rows('message', 'event').filter({ hasText: 'Blob 01 02 ff' });
    assert.match(await textOf(row), /kind blob data Blob 01 02 ff 3 bytes$/);
  });
});

test('addresses with http and relative ones connect', async () => {
  await withDemo(browser, async (page, demo) => {
    for (const url of [`${SERVER}/echo`, '/echo']) {
      await connect(demo, url);
      assert.match(await textOf(page.locator('#fact-url')), new RegExp(`^${SOCKETS}/echo\\?wire=[A-Za-z0-9_-]+$`));
      await demo.close.click();
      await demo.state('CLOSED').waitFor();
    }
  });
});

test('a connection must end before the next begins', async () => {
  await withDemo(browser, async (_, demo) => {
    await connect(demo);
    assert.equal(await demo.connect.getAttribute('aria-disabled'), 'true');
    // A person may press it all the same; nothing happens. Playwright waits for what says it is disabled, unless forced.
    await demo.connect.click({ force: true });
    await demo.sendText.click();
    await demo.rows('message', 'event').waitFor();
    assert.equal(await demo.rows('new TypedWebSocket()', 'you').count(), 1);
    await demo.close.click();
    await demo.state('CLOSED').waitFor();
    await connect(demo);
    await demo.rows('open', 'event').nth(1).waitFor();
  });
});

test('a dropped connection says nothing more, and the server sees it end', async () => {
  await withDemo(browser, async (_, demo) => {
    await connect(demo);
    await demo.drop.click();
    assert.match(await textOf(demo.rows('free()', 'you')), /listeners detached/);
    await demo.frame('page → server', 'close').waitFor();
    await demo.frames.getByText('The connection is over.').waitFor();
    assert.equal(await demo.rows('close', 'event').count(), 0);
    await connect(demo);
  });
});

test('the server’s close and its dropped line look different', async () => {
  await withDemo(browser, async (_, demo) => {
    await demo.preset.selectOption('The server closes with 1001');
    await demo.connect.click();
    assert.match(await textOf(demo.rows('close', 'event')), /code 1001 name Going Away reason bye wasClean true$/);
    await demo.preset.selectOption('The connection breaks off');
    await demo.connect.click();
    assert.match(await textOf(demo.rows('close', 'event').nth(1)), /code 1006 .* wasClean false$/);
  });
});

test('a flood fills the logs up to their bound, and they say what was left out', async () => {
  await withDemo(browser, async (page, demo) => {
    await demo.preset.selectOption('100 messages at once');
    await demo.url.fill((await demo.url.inputValue()).replace('count=100', 'count=1200'));
    await demo.connect.click();
    await demo.log.getByText(/^Older entries left out: /).waitFor();
    await demo.frames.getByText(/^Older entries left out: /).waitFor();
    // Rows shown: the header, the note, and 500 entries.
    await page.waitForFunction(() => document.querySelectorAll('#log tr').length === 501);
    await page.waitForFunction(() => document.querySelectorAll('#frames > li').length === 501);
    // Of the call, open and 1,200 messages all are accounted for.
    await demo.log.getByText(/^Older entries left out: (702|703)$/).waitFor();
  });
});
