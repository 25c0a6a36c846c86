// The Push Lab used as a person would: the story, a race, what is taken away from it.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { SERVER, launch, newPage, screenshot, textOf } from './harness.mjs';
import { lowContrast, overflowing } from './looks.mjs';

const PHONE = { viewport: { width: 375, height: 740 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };
const RACE = 90_000;

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** Runs `use` with the page open; `noisy`: the browser may complain in its console, as it does of refused connections. */
async function withLab(use, { noisy = false, ...options } = {}) {
  const { page, problems, errors, close } = await newPage(browser, options);
  try {
    await page.goto(`${SERVER}/push-lab.html`);
    await page.locator('main').waitFor();
    await use(page);
    assert.deepEqual(problems, []);
    if (!noisy) assert.deepEqual(errors, []);
  } catch (error) {
    if (problems.length + errors.length > 0) error.message += `\nThe browser said:\n${[...problems, ...errors].join('\n')}`;
    throw error;
  } finally {
    await close();
  }
}

const button = (page, name) => page.getByRole('button', { name, exact: true });

/** Starts a race with a preset, for so many seconds. */
async function start(page, preset, seconds, more = {}) {
  await button(page, preset).click();
  for (const [label, value] of Object.entries({ For: seconds, ...more })) await page.getByLabel(label, { exact: true }).fill(String(value));
  await button(page, 'Start the race').click();
  await page.getByText(/^Running, /).waitFor();
}

async function finish(page) {
  await page.getByText('The race is over. These are its numbers.').first().waitFor({ timeout: RACE });
}

/** The table: for each technique its numbers by column. */
async function results(page) {
  const rows = await page.locator('#results tr').evaluateAll((all) =>
    all.map((row) => [row.dataset.technique, [...row.querySelectorAll('td')].map((cell) => [cell.dataset.column, cell.textContent])]),
  );
  const number = (text) => (text === '–' ? null : Number(text.replaceAll(',', '')));
  return Object.fromEntries(rows.map(([id, cells]) => [id, Object.fromEntries(cells.map(([key, text]) => [key, number(text)]))]));
}

const verdict = (page, claim) => page.locator(`[data-claim="${claim}"]`).getAttribute('class');

test('the demo and the lab lead to each other', async () => {
  await withLab(async (page) => {
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link').click();
    await page.getByRole('heading', { name: 'What the page sees' }).waitFor();
    await page.getByRole('link', { name: /Push Lab/ }).click();
    await page.getByRole('heading', { name: 'Push Lab', exact: true }).waitFor();
  });
});

test('when nothing happens polling makes requests for nothing, and a WebSocket makes one', async () => {
  await withLab(async (page) => {
    await start(page, 'Idle', 5);
    await finish(page);
    const rows = await results(page);
    for (const [id, row] of Object.entries(rows)) assert.deepEqual([row.received, row.p50, row.perMessage], [0, null, null], id);
    // Every half second, for five seconds.
    assert.ok(rows['polling-rate'].requests >= 10, `${rows['polling-rate'].requests}`);
    assert.ok(rows['polling-delay'].requests >= 7 && rows['polling-delay'].requests < rows['polling-rate'].requests);
    assert.equal(rows['long-polling'].requests, 2, 'one to begin with, and one that is held');
    assert.deepEqual([rows['event-stream'].requests, rows.websocket.requests], [1, 1]);
    assert.ok(rows.websocket.down < rows['polling-rate'].down / 5);
    assert.equal(await verdict(page, 'waste'), 'seen');
    assert.equal(await verdict(page, 'reorder'), 'untested');
  });
});

test('on a slow network polling at a fixed rate is overtaken, and with a fixed delay it is not', async () => {
  await withLab(async (page) => {
    await start(page, 'Slow network', 12);
    await finish(page);
    const rows = await results(page);
    assert.ok(rows['polling-rate'].outOfOrder > 0, 'the jitter is over twice the interval');
    for (const id of ['polling-delay', 'long-polling', 'event-stream', 'websocket']) assert.equal(rows[id].outOfOrder, 0, id);
    for (const [id, row] of Object.entries(rows)) {
      assert.deepEqual([row.received, row.lost], [60, 0], id);
      assert.ok(row.p50 > 300, `${id}: no faster than the network: ${row.p50}`);
    }
    assert.ok(rows['polling-rate'].accepted > 1, 'overlapping requests need connections');
    assert.equal(rows['polling-delay'].accepted, 1);
    assert.equal(await verdict(page, 'reorder'), 'seen');
    await screenshot(page, 'push-lab-slow');
  });
});

test('a WebSocket needs the fewest bytes a message, and the table can be taken away', async () => {
  await withLab(
    async (page) => {
      await start(page, 'Steady', 8);
      await finish(page);
      const rows = await results(page);
      const each = Object.fromEntries(Object.entries(rows).map(([id, { perMessage }]) => [id, perMessage]));
      for (const id of Object.keys(each)) assert.ok(each.websocket <= each[id], JSON.stringify(each));
      assert.ok(each.websocket < 96 + 40, 'the payload, a few bytes, and its share of one handshake');
      assert.ok(each['long-polling'] > 96 + 600, 'a request each');
      for (const [id, row] of Object.entries(rows)) assert.deepEqual([row.received, row.lost, row.reconnects], [40, 0, 0], id);
      assert.ok(rows.websocket.p50 >= 49 && rows.websocket.p50 < rows['polling-delay'].p50, JSON.stringify(rows.websocket));
      for (const claim of ['held', 'stream', 'socket', 'wait']) assert.equal(await verdict(page, claim), 'seen', claim);
      await screenshot(page, 'push-lab');

      await button(page, 'Copy as Markdown').click();
      await page.getByRole('status').filter({ hasText: 'The table was copied as Markdown.' }).waitFor();
      const markdown = await page.evaluate(() => navigator.clipboard.readText());
      const lines = markdown.split('\n');
      assert.match(lines[0], /^\| Technique \| Messages \| Latency p50 \(ms\) \|/);
      assert.match(lines[1], /^\| --- \| ---: \|/);
      assert.equal(lines.filter((line) => line.startsWith('| ')).length, 8);
      assert.ok(markdown.includes(`| WebSocket | 40 | ${rows.websocket.p50.toFixed(1)} |`), markdown);
      assert.match(markdown, /40 messages of 96 bytes \(5 a second, 1 at once\), 50 ms each way/);

      const downloading = page.waitForEvent('download');
      await button(page, 'Download CSV').click();
      const download = await downloading;
      assert.equal(download.suggestedFilename(), 'push-lab.csv');
      const csv = await readFile(await download.path(), 'utf8');
      assert.ok(csv.startsWith('\ufeffTechnique,Messages,Latency p50 (ms),'), csv);
      const socket = csv.split('\r\n').find((line) => line.startsWith('WebSocket,')).split(',');
      assert.deepEqual(socket.slice(1, 3), ['40', String(rows.websocket.p50)]);
      assert.equal(csv.trimEnd().split('\r\n').length, 7);
    },
    { permissions: ['clipboard-read', 'clipboard-write'] },
  );
});

test('connections that are dropped and listeners that restart cost no message', async () => {
  await withLab(
    async (page) => {
      await start(page, 'Steady', 8);
      await button(page, 'Drop the connections').click();
      await page.getByRole('listitem').filter({ hasText: 'All connections were reset.' }).waitFor();
      await page.waitForFunction(() => document.querySelector('tr[data-technique="websocket"] [data-column="reconnects"]').textContent === '1');
      await button(page, 'Restart the listeners').click();
      await finish(page);
      const rows = await results(page);
      for (const [id, row] of Object.entries(rows)) assert.deepEqual([row.received, row.lost], [40, 0], id);
      for (const id of ['long-polling', 'event-stream', 'websocket']) assert.ok(rows[id].reconnects >= 2, id);
    },
    { noisy: true },
  );
});

test('a blocked WebSocket gets nothing while all else goes on, the Channel steps around it, and all catch up when it passes again', async () => {
  await withLab(
    async (page) => {
      const cell = (id, column) => `tr[data-technique="${id}"] [data-column="${column}"]`;
      const until = (selector, wanted) =>
        page.waitForFunction(([place, text]) => document.querySelector(place).textContent === text, [selector, wanted]);
      await start(page, 'Steady', 10);
      const block = button(page, 'Block WebSocket');
      await block.click();
      await page.locator('#meddle-block[aria-pressed="true"]').waitFor();
      await until(cell('websocket', 'open'), '0');
      const before = (await results(page)).websocket.received;
      await page.waitForFunction(([place]) => Number(document.querySelector(place).textContent) >= 20, [cell('event-stream', 'received')]);
      assert.equal((await results(page)).websocket.received, before);
      // The Channel goes on over the next transport, and comes back.
      await page.waitForFunction(([place]) => Number(document.querySelector(place).textContent) >= 20, [cell('channel', 'received')]);
      const channel = page.locator('tr[data-technique="channel"]').getByRole('rowheader');
      assert.match(await channel.innerText(), /event-stream/);
      await block.click();
      await channel.filter({ hasText: 'websocket' }).waitFor();
      await finish(page);
      for (const [id, row] of Object.entries(await results(page))) assert.deepEqual([row.received, row.lost], [50, 0], id);
    },
    { noisy: true },
  );
});

test('after a lost history the messages go on in another epoch', async () => {
  await withLab(
    async (page) => {
      await start(page, 'Steady', 6);
      await page.waitForFunction(() => Number(document.querySelector('tr[data-technique="websocket"] [data-column="received"]').textContent) >= 8);
      await button(page, 'Lose the history').click();
      await page.getByRole('listitem').filter({ hasText: 'began a new epoch' }).waitFor();
      await finish(page);
      for (const [id, { received }] of Object.entries(await results(page))) {
        assert.ok(received > 15, `${id}: what came afterwards is here: ${received}`);
      }
    },
    { noisy: true },
  );
});

test('each technique can be played slowly, and is drawn from what crossed the wire', async () => {
  await withLab(async (page) => {
    const play = button(page, 'Play in slow motion');
    for (const [name, requests] of [['Polling, fixed rate', 6], ['Long polling', 3], ['WebSocket', 1]]) {
      await button(page, name).click();
      await play.click();
      const caption = page.locator('#ladder-caption').filter({ hasText: 'after it was published' });
      await caption.waitFor();
      const [, ms, count] = (await caption.innerText()).match(/Seen ([\d,]+) ms after it was published; .* Requests: (\d+),/);
      const latency = Number(ms.replace(',', ''));
      assert.ok(name === 'Polling, fixed rate' ? latency > 600 : latency >= 299 && latency < 600, `${name}: ${latency}`);
      assert.ok(Math.abs(Number(count) - requests) <= 1, `${name}: ${count}`);
      await page.getByText('The same as a list').click();
      assert.match(await textOf(page.locator('#ladder-list li').first()), /^page → server: GET .*, sent at \d ms, there at 30\d ms$/);
      await page.getByText('The same as a list').click();
    }
    await page.getByRole('status').filter({ hasText: 'The message was seen after' }).waitFor();
    await screenshot(page, 'push-lab-story');
  }, { reducedMotion: 'reduce' });
});

test('six held requests take an origin’s connections, and eight WebSockets do not mind', async () => {
  await withLab(async (page) => {
    await button(page, 'Hold 8 requests on one origin').click();
    const held = page.locator('#limit-status').filter({ hasText: /^The server holds each request for 2,000 ms, and saw 6 connections at once/ });
    await held.waitFor();
    const [, first, last] = (await held.innerText()).match(/after ([\d,]+) ms, the last after ([\d,]+) ms/).map((text) => Number(text.replace(',', '')));
    assert.ok(first < 3000 && last > 3900, `${first} ${last}`);
    await button(page, 'Open 8 WebSockets on one origin').click();
    await page.locator('#limit-status').filter({ hasText: /^The server saw 8 connections at once: all 8 opened together/ }).waitFor();
    assert.equal(await page.locator('#limit-bars li').count(), 8);
  });
});

test('the lab can be read in Chinese, and keeps its numbers', async () => {
  await withLab(async (page) => {
    await start(page, 'Steady', 5);
    await finish(page);
    const before = await results(page);
    await button(page, '简体中文').click();
    await page.getByRole('heading', { name: '推送实验室', exact: true }).waitFor();
    assert.equal(await page.locator('html').getAttribute('lang'), 'zh-Hans');
    assert.deepEqual(await results(page), before);
    assert.match(await textOf(page.locator('#conditions')), /25 条消息，每条 96 字节/);
    await page.getByRole('columnheader', { name: '每条消息字节' }).waitFor();
    // Nothing was left in English but names and code.
    const english = await page.evaluate(() =>
      [...document.querySelectorAll('main p, main h2, main h3, main h4, main button, main label, main dd, main dt')]
        .filter((node) => node.textContent.trim() && !node.querySelector('code'))
        .map((node) => node.textContent)
        .filter((text) => !/\p{Script=Han}/u.test(text) && !/^[\s\d.,–]*(WebSocket|Server-Sent Events)?$/.test(text)),
    );
    assert.deepEqual(english, []);
    await screenshot(page, 'push-lab-zh');
    await button(page, 'English').click();
    await page.getByRole('heading', { name: 'The race', exact: true }).waitFor();
  });
});

for (const colorScheme of ['light', 'dark']) {
  test(`a phone’s screen is never wider than itself, and all text has contrast, in ${colorScheme}`, async () => {
    await withLab(
      async (page) => {
        await start(page, 'Steady', 5);
        await finish(page);
        for (const language of ['English', '简体中文']) {
          await button(page, language).click();
          const { wide, view } = await page.evaluate(() => ({
            wide: document.documentElement.scrollWidth,
            view: document.documentElement.clientWidth,
          }));
          assert.equal(view, 375);
          assert.ok(wide <= view, `${wide} px wide`);
          assert.deepEqual(await page.evaluate(overflowing), []);
          assert.deepEqual(await page.evaluate(lowContrast), []);
          await screenshot(page, `push-lab-phone-${colorScheme}${language === 'English' ? '' : '-zh'}`);
        }
      },
      { ...PHONE, colorScheme },
    );
  });

  test(`on a large screen all text has contrast in ${colorScheme}`, async () => {
    await withLab(
      async (page) => {
        await start(page, 'Idle', 5);
        await finish(page);
        assert.deepEqual(await page.evaluate(lowContrast), []);
        await screenshot(page, `push-lab-${colorScheme}`);
      },
      { colorScheme },
    );
  });
}

test('everything works from the keyboard alone, and has a name', async () => {
  await withLab(async (page) => {
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
    await tabTo(button(page, 'WebSocket'));
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'WebSocket', exact: true }).waitFor();
    await tabTo(button(page, 'Idle'));
    await page.keyboard.press('Space');
    const length = page.getByLabel('For', { exact: true });
    await tabTo(length);
    await page.keyboard.press('Home');
    assert.equal(await length.getAttribute('aria-valuetext'), '5 s');
    assert.notEqual(await length.evaluate((node) => getComputedStyle(node).outlineStyle), 'none');
    await tabTo(button(page, 'Start the race'));
    await page.keyboard.press('Enter');
    await page.getByRole('status').filter({ hasText: 'The race is on.' }).waitFor();
    await tabTo(button(page, 'Stop'));
    await page.keyboard.press('Enter');
    await page.getByRole('status').filter({ hasText: 'Stopped. The numbers are those up to here.' }).first().waitFor();
    await tabTo(page.getByRole('region', { name: 'Results' }));
    const nameless = await page.evaluate(() =>
      [...document.querySelectorAll('input, select, textarea, button, meter')]
        .filter((control) => !(control.labels?.length || control.textContent.trim() || control.getAttribute('aria-label')))
        .map((control) => control.outerHTML),
    );
    assert.deepEqual(nameless, []);
    for (const role of ['main', 'banner', 'contentinfo', 'navigation']) await page.getByRole(role).waitFor();
  });
});

test('where no run can be had the page says why', async () => {
  await withLab(
    async (page) => {
      await page.route('**/lab?*', (route) => route.fulfill({ status: 503, body: 'there are 16 runs; end some' }));
      await button(page, 'Start the race').click();
      await page.getByRole('alert').filter({ hasText: 'The server says: 503: there are 16 runs; end some' }).waitFor();
      await button(page, 'Play in slow motion').click();
      await page.locator('#story-problem').filter({ hasText: '16 runs' }).waitFor();
    },
    { noisy: true },
  );
});
