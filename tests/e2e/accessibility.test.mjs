// Languages, keyboard, screen readers, small screens, light and dark.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { SERVER, connect, launch, newPage, parts, screenshot, textOf, withDemo } from './harness.mjs';
import { lowContrast, overflowing } from './looks.mjs';

const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** Connects, sends and closes, so that every panel has something in it. */
async function fill(page, demo) {
  await connect(demo);
  await demo.text.fill('Hello, 世界');
  await demo.sendText.click();
  await demo.rows('message', 'event').waitFor();
  await demo.hex.fill('0g');
  await demo.sendBytes.click();
  await demo.text.fill('x'.repeat(3000));
  await demo.sendText.click();
  await demo.rows('message', 'event').nth(1).waitFor();
  await demo.close.click();
  await demo.frames.getByText('The connection is over.').waitFor();
}

test('the page can be read in Chinese, keeps what it shows, and remembers the choice', async () => {
  await withDemo(browser, async (page, demo) => {
    await fill(page, demo);
    await page.getByRole('button', { name: '简体中文' }).click();
    assert.equal(await page.locator('html').getAttribute('lang'), 'zh-Hans');
    await page.getByRole('heading', { name: '网页看到的' }).waitFor();
    await page.getByRole('button', { name: '发送文本' }).waitFor();
    // What stood in the logs is there still, in the new language.
    assert.match(await textOf(page.getByRole('region', { name: '事件' })), /“Hello, 世界” 13 字节/);
    assert.match(await textOf(page.getByRole('region', { name: '3. 帧' })), /网页 → 服务器 text 13 字节/);
    await page.getByRole('alert').getByText('第 2 个字符“g”不是十六进制数字').waitFor();
    await screenshot(page, 'zh');
    await page.reload();
    await page.getByRole('heading', { name: '网页看到的' }).waitFor();
    assert.equal(await page.locator('html').getAttribute('lang'), 'zh-Hans');
    assert.equal(await page.title(), 'Tautline：从两端看 WebSocket');
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('heading', { name: 'What the page sees' }).waitFor();
  });
});

test('a Chinese browser gets Chinese at first', async () => {
  const { page, close } = await newPage(browser, { locale: 'zh-CN' });
  try {
    await page.goto(`${SERVER}/`);
    await page.getByRole('heading', { name: '网页看到的' }).waitFor();
  } finally {
    await close();
  }
});

for (const language of ['English', '简体中文']) {
  test(`a phone’s screen is never wider than itself, in ${language}`, async () => {
    await withDemo(
      browser,
      async (page, demo) => {
        await fill(page, demo);
        await page.getByRole('button', { name: language }).click();
        const { wide, view } = await page.evaluate(() => ({
          wide: document.documentElement.scrollWidth,
          view: document.documentElement.clientWidth,
        }));
        assert.equal(view, 360);
        assert.ok(wide <= view, `${wide} px wide`);
        assert.deepEqual(await page.evaluate(overflowing), []);
        await screenshot(page, language === 'English' ? 'phone' : 'phone-zh');
      },
      PHONE,
    );
  });
}

for (const colorScheme of ['light', 'dark']) {
  test(`all text has the contrast of WCAG AA in ${colorScheme}`, async () => {
    await withDemo(
      browser,
      async (page, demo) => {
        await fill(page, demo);
        const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        const [red] = background.match(/\d+/g).map(Number);
        assert.equal(red < 100, colorScheme === 'dark', background);
        assert.deepEqual(await page.evaluate(lowContrast), []);
        if (colorScheme === 'dark') await screenshot(page, 'dark');
      },
      { colorScheme },
    );
  });
}

test('everything works from the keyboard alone', async () => {
  await withDemo(browser, async (page, demo) => {
    const tabTo = async (locator) => {
      for (let presses = 0; presses < 40; presses += 1) {
        if (await locator.evaluate((node) => node === document.activeElement)) return;
        await page.keyboard.press('Tab');
      }
      assert.fail('not reached by Tab');
    };
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the page');
    await page.keyboard.press('Enter');
    await tabTo(demo.url);
    await page.keyboard.press('Enter');
    await demo.state('OPEN').waitFor();
    // The focus stays where the person was, and can be seen.
    assert.equal(await demo.url.evaluate((node) => node === document.activeElement), true);
    await tabTo(demo.connect);
    assert.notEqual(await demo.connect.evaluate((node) => getComputedStyle(node).outlineStyle), 'none');
    await tabTo(demo.text);
    // The field starts with an example, which is replaced.
    await page.keyboard.press('Control+a');
    await page.keyboard.type('typed');
    await page.keyboard.press('Control+Enter');
    assert.match(await textOf(demo.rows('message', 'event')), /“typed”/);
    await tabTo(demo.hex);
    await page.keyboard.press('Enter');
    await demo.rows('message', 'event').nth(1).waitFor();
    // The logs scroll by keyboard, so they must take the focus.
    await tabTo(demo.log);
    await tabTo(demo.code);
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('4001');
    await page.keyboard.press('Enter');
    assert.match(await textOf(demo.rows('close', 'event')), /code 4001/);
    await tabTo(demo.frames);
  });
});

test('a screen reader finds landmarks, names for all controls, and is told what happens', async () => {
  await withDemo(browser, async (page, demo) => {
    await page.getByRole('main').waitFor();
    await page.getByRole('banner').waitFor();
    await page.getByRole('contentinfo').waitFor();
    const nameless = await page.evaluate(() =>
      [...document.querySelectorAll('input, select, textarea, button')]
        .filter((control) => !(control.labels?.length || control.textContent.trim() || control.getAttribute('aria-label')))
        .map((control) => control.outerHTML),
    );
    assert.deepEqual(nameless, []);
    const told = page.getByRole('status').filter({ hasText: 'Connection open.' });
    await connect(demo);
    await told.waitFor();
    await demo.close.click();
    await page.getByRole('status').filter({ hasText: 'Connection closed, code 1000.' }).waitFor();
    await demo.preset.selectOption('100 messages at once');
    await demo.connect.click();
    await page.getByRole('status').filter({ hasText: '100 messages received.' }).waitFor();
  });
});

test('the page says so while it starts, and keeps saying it where modules don’t run', async () => {
  const { page, close } = await newPage(browser);
  try {
    await page.route('**/main.js', (route) => route.abort());
    await page.goto(`${SERVER}/`);
    await page.getByText('a file of the page did not arrive').waitFor();
    await parts(page).connect.waitFor({ state: 'hidden' });
  } finally {
    await close();
  }
});
