// What goes wrong is said beside its control, and nothing else breaks.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { SERVER, connect, launch, newPage, screenshot, textOf, withDemo } from './harness.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

test('a bad address is a SyntaxError beside the field, and a good one connects after it', async () => {
  await withDemo(browser, async (page, demo) => {
    const good = await demo.url.inputValue();
    await demo.url.fill('ws://example.test:99999/');
    await demo.connect.click();
    assert.match(await textOf(demo.alert), /^SyntaxError: .*example\.test:99999/);
    assert.equal(await demo.url.getAttribute('aria-invalid'), 'true');
    assert.match(await textOf(demo.rows('new TypedWebSocket()', 'thrown')), /name SyntaxError/);
    await connect(demo, good);
    assert.equal(await demo.alert.count(), 0);
    assert.equal(await demo.url.getAttribute('aria-invalid'), null);
  });
});

for (const [preset, message] of [
  ['An address that can’t be right', /^SyntaxError: .*ftp:\/\/example\.com/],
  ['The same subprotocol twice', /^SyntaxError: subprotocol 2 is one that stands before it too/],
]) {
  test(`the example “${preset}” shows a SyntaxError`, async () => {
    await withDemo(browser, async (_, demo) => {
      await demo.preset.selectOption(preset);
      await demo.connect.click();
      assert.match(await textOf(demo.alert), message);
    });
  });
}

test('bad hex names the character and its place, and sends nothing', async () => {
  await withDemo(browser, async (_, demo) => {
    await connect(demo);
    for (const [text, message] of [
      ['01 0g', /“g” at position 5 is not a hex digit/],
      ['01 2', /“2” ends with half a byte/],
      ['0x', /“0x” ends with half a byte/],
    ]) {
      await demo.hex.fill(text);
      await demo.sendBytes.click();
      assert.match(await textOf(demo.alert), message);
    }
    assert.equal(await demo.rows('send()', 'you').count(), 0);
    await demo.hex.fill('0x01,0xff');
    await demo.sendBytes.click();
    assert.match(await textOf(demo.rows('message', 'event')), /01 ff 2 bytes$/);
    assert.equal(await demo.alert.count(), 0);
  });
});

test('without a connection the page says so', async () => {
  await withDemo(browser, async (_, demo) => {
    await demo.sendText.click();
    assert.match(await textOf(demo.alert), /There is no connection yet/);
    await demo.sendText.press('Tab');
    await demo.close.click();
    assert.match(await textOf(demo.alert.nth(1)), /There is no connection yet/);
    await demo.sendFile.click();
    assert.match(await textOf(demo.alert.nth(1)), /Choose a file first/);
  });
});

test('a send after the close is an InvalidStateError', async () => {
  await withDemo(browser, async (_, demo) => {
    await connect(demo);
    await demo.close.click();
    await demo.state('CLOSED').waitFor();
    await demo.sendText.click();
    assert.match(await textOf(demo.alert), /^InvalidStateError: /);
    assert.match(await textOf(demo.rows('send()', 'thrown')), /name InvalidStateError/);
  });
});

test('codes and reasons that a page may not use are refused, and the connection stays', async () => {
  await withDemo(browser, async (_, demo) => {
    await connect(demo);
    // 66536 is 1000 modulo 65536: it must not slip through.
    for (const code of ['0', '999', '1001', '1005', '1006', '2999', '5000', '65536', '66536', '-1']) {
      await demo.code.fill(code);
      await demo.close.click();
      assert.match(await textOf(demo.alert), /^InvalidAccessError: /, code);
    }
    await demo.code.fill('soon');
    await demo.close.click();
    assert.match(await textOf(demo.alert), /“soon” is not a whole number/);
    await demo.code.fill('4000');
    await demo.reason.fill('语'.repeat(42));
    await demo.close.click();
    assert.match(await textOf(demo.alert), /^SyntaxError: .*12[36]/);
    await demo.state('OPEN').waitFor();
    await demo.reason.fill('语'.repeat(41));
    await demo.close.click();
    assert.match(await textOf(demo.rows('close', 'event')), /code 4000 .* reason 语{41} wasClean true$/);
  });
});

test('where the WebAssembly module does not load, the page says what to do', async () => {
  const { page, close } = await newPage(browser);
  try {
    await page.route('**/*.wasm', (route) => route.abort());
    await page.goto(`${SERVER}/`);
    const alert = page.getByRole('alert').filter({ hasText: 'did not load' });
    assert.match(await textOf(alert), /cargo xtask build.*reload/);
    assert.equal(await page.getByRole('button', { name: 'Connect' }).count(), 0);
    await page.getByRole('button', { name: '简体中文' }).click();
    await page.getByText('WebAssembly 模块没有加载成功').waitFor();
    await screenshot(page, 'load-failure');
  } finally {
    await close();
  }
});

test('received text is never markup', async () => {
  await withDemo(browser, async (page, demo) => {
    await connect(demo);
    await demo.text.fill('<img src=x onerror="document.title=1"><b id="smuggled">');
    await demo.sendText.click();
    await demo.rows('message', 'event').waitFor();
    await demo.frame('server → page', 'text').waitFor();
    assert.equal(await page.locator('#smuggled').count(), 0);
  });
});
