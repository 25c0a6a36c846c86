// An https page that asks for a ws: connection. Chromium throws a SecurityError in the constructor, for its own WebSocket
// too: each test sees that first. Chromium only, whose driver can make up an https page.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { SERVER, launch, newPage } from './harness.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** Opens an empty page at https://secure.test/, whose files come from the test server. */
async function openSecurePage() {
  const opened = await newPage(browser);
  await opened.page.route('https://secure.test/**', async (route) => {
    const { pathname } = new URL(route.request().url());
    if (pathname === '/') return route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>secure</title>' });
    const response = await fetch(SERVER + pathname);
    return route.fulfill({
      status: response.status,
      contentType: response.headers.get('content-type') ?? undefined,
      body: Buffer.from(await response.arrayBuffer()),
    });
  });
  await opened.page.goto('https://secure.test/');
  assert.equal(await opened.page.evaluate(() => isSecureContext), true);
  return opened;
}

/** In the page: what the browser's own WebSocket throws for a URL, and what ours throws. */
async function construct(url) {
  const { default: init, TypedWebSocket } = await import('/pkg/tautline_npm.js');
  await init();
  const thrown = (action) => {
    try {
      action();
      return null;
    } catch (error) {
      return { name: error.name, message: error.message, isError: error instanceof Error };
    }
  };
  return {
    native: thrown(() => new WebSocket(url)),
    ours: thrown(() => new TypedWebSocket(url, [], () => {})),
  };
}

for (const url of ['ws://insecure.test/chat', 'http://insecure.test/chat']) {
  test(`from an https page ${url} is a SecurityError that names the URL`, async () => {
    const { page, problems, close } = await openSecurePage();
    try {
      const { native, ours } = await page.evaluate(construct, url);
      assert.equal(native.name, 'SecurityError');
      assert.equal(ours.name, 'SecurityError');
      assert.equal(ours.isError, true);
      assert.ok(ours.message.includes(url), ours.message);
      assert.deepEqual(problems, []);
    } finally {
      await close();
    }
  });
}

test('the SecurityError says nothing of the query and the user-info', async () => {
  const { page, close } = await openSecurePage();
  try {
    const { ours } = await page.evaluate(construct, 'ws://alice:hunter2@insecure.test/chat?token=s3cret');
    assert.equal(ours.name, 'SecurityError');
    assert.match(ours.message, /insecure\.test\/chat/);
    assert.doesNotMatch(ours.message, /alice|hunter2|token|s3cret/);
  } finally {
    await close();
  }
});

test('from an https page a wss: address is not refused by the constructor', async () => {
  const { page, close } = await openSecurePage();
  try {
    const { native, ours } = await page.evaluate(construct, 'wss://insecure.test/');
    assert.deepEqual({ native, ours }, { native: null, ours: null });
  } finally {
    await close();
  }
});
