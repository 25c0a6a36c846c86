import { chromium } from 'playwright-core';
const [,, what = 'race', preset = 'Steady', shot = '/tmp/shot.png', width = '1360', scheme = 'light', lang = 'en-US'] = process.argv;
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
const context = await browser.newContext({ locale: lang, viewport: { width: +width, height: 900 }, colorScheme: scheme });
const page = await context.newPage();
page.on('console', (m) => console.log('console', m.type(), m.text()));
page.on('pageerror', (e) => console.log('pageerror', e.stack));
await page.goto('http://127.0.0.1:18561/push-lab.html');
await page.locator('main').waitFor();
if (what.includes('story')) {
  for (const b of await page.locator('#story-choice button').all()) {
    await b.click();
    await page.locator('#story-play').click();
    await page.waitForTimeout(500);
    await page.waitForFunction(() => document.querySelector('#story-play').getAttribute('aria-disabled') === 'false', null, { timeout: 20000 });
    console.log(await b.innerText(), '|', await page.locator('#ladder-caption').innerText(), await page.locator('#story-problem').innerText());
    if (what.includes('each')) await page.locator('section').first().screenshot({ path: shot.replace('.png', `-${await b.getAttribute('data-technique')}.png`) });
  }
}
if (what.includes('race')) {
  await page.locator(`[data-preset="${preset.toLowerCase()}"]`).click();
  await page.locator('#race-start').click();
  await page.waitForFunction(() => document.querySelector('#race-start').getAttribute('aria-disabled') === 'true');
  await page.waitForFunction(() => document.querySelector('#race-start').getAttribute('aria-disabled') === 'false', null, { timeout: 90000 });
  console.log(await page.locator('#race-status').innerText(), await page.locator('#race-problem').innerText());
  console.log(await page.locator('.results').evaluate((t) => [...t.rows].map((r) => [...r.cells].map((c) => c.textContent).join(' | ')).join('\n')));
  console.log(await page.locator('#conditions').innerText());
  console.log(await page.locator('#memory').innerText());
  console.log(await page.locator('#claims').innerText());
}
if (what.includes('limit')) for (const id of ['polls', 'sockets']) {
  await page.locator(`#limit-${id}`).click();
  await page.waitForFunction((id) => document.querySelector(`#limit-${id}`).getAttribute('aria-disabled') === 'false', id, { timeout: 30000 });
  console.log(await page.locator('#limit-status').innerText(), await page.locator('#limit-problem').innerText());
}
await page.waitForTimeout(300);
await page.screenshot({ path: shot, fullPage: true });
if (+width < 500) {
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  console.log('height', height, 'scrollWidth', await page.evaluate(() => document.documentElement.scrollWidth));
  await page.setViewportSize({ width: +width, height: 900 });
  // side by side
  const { readFileSync } = await import('node:fs');
  const k = Math.ceil(height / 1700);
  const p2 = await (await browser.newContext({ viewport: { width: k * (+width + 10), height: 1700 } })).newPage();
  const data = readFileSync(shot).toString('base64');
  await p2.setContent(`<body style="margin:0;background:#888"><canvas id=c width=${k * (+width + 10)} height=1700></canvas><img id=i src="data:image/png;base64,${data}" hidden>`);
  await p2.evaluate(async ([k, w]) => { const i = document.querySelector('#i'); await i.decode(); const x = document.querySelector('#c').getContext('2d'); for (let n = 0; n < k; n++) x.drawImage(i, 0, n * 1700, w, 1700, n * (w + 10), 0, w, 1700); }, [k, +width]);
  await p2.screenshot({ path: shot.replace('.png', '-sheet.png') });
}
await browser.close();
