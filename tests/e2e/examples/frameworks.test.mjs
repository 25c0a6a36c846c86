// The examples for Rust frameworks, opened in Chromium: each connects, sends, and shows what comes back.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { SERVER, launch, newPage } from '../harness.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

for (const name of ['dioxus', 'leptos', 'yew']) {
  test(`${name} shows the state and the last message`, async () => {
    const { page, problems, close } = await newPage(browser);
    try {
      await page.goto(`${SERVER}/${name}/`);
      const output = page.locator('output');
      await output.filter({ hasText: 'OPEN' }).waitFor();
      await page.getByRole('button', { name: 'Send' }).click();
      await output.filter({ hasText: 'hello' }).waitFor();
      assert.equal((await output.innerText()).replace(/\s+/g, ' ').trim(), 'OPEN: hello');
      assert.deepEqual(problems, []);
    } finally {
      await close();
    }
  });
}
