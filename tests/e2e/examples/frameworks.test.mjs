// The examples for Rust frameworks, opened in Chromium: each connects, sends, shows what comes back, and
// closes when its component is taken away.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { SERVER, launch, newPage, textOf } from '../harness.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

for (const name of ['dioxus', 'leptos', 'yew']) {
  test(`${name} shows the state and the last message, follows its URL, and closes with its component`, async () => {
    const { page, problems, close } = await newPage(browser);
    const open = new Set();
    page.on('websocket', (socket) => {
      open.add(socket);
      socket.on('close', () => open.delete(socket));
    });
    /** Waits until these are the paths of the open connections. */
    const connected = async (...paths) => {
      const now = () => [...open].map((socket) => socket.url().replace(/^ws:..[^/]*/, ''));
      const until = Date.now() + 15_000;
      while (String(now()) !== String(paths) && Date.now() < until) await page.evaluate(() => new Promise(requestAnimationFrame));
      assert.deepEqual(now(), paths);
    };
    try {
      await page.goto(`${SERVER}/${name}/`);
      const output = page.locator('output');
      const click = (label) => page.getByRole('button', { name: label }).click();
      await output.filter({ hasText: 'OPEN' }).waitFor();
      await click('Send');
      await output.filter({ hasText: 'hello' }).waitFor();
      assert.equal(await textOf(output), 'OPEN: hello');
      await connected('/echo');

      await click('Other');
      await connected('/echo?other');
      await output.filter({ hasText: 'OPEN' }).waitFor();

      await click('Hide');
      await connected();
      assert.equal(await output.count(), 0);
      assert.deepEqual(problems, []);
    } finally {
      await close();
    }
  });
}
