// Runs tests in Chromium, each in a context of its own, with a class in the place of the browser's.
import { createRequire } from 'node:module';

const { chromium } = createRequire(new URL('../e2e/', import.meta.url))('playwright-core');

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--ignore-certificate-errors',
  '--host-resolver-rules=MAP *.test 127.0.0.1',
];
/** How long one page may take: a little longer than WPT's harness gives a test, and one that calls itself long. */
const LIMIT = 20_000;
const LONG_LIMIT = 70_000;
/** Pages at a time. Most of them wait for a server that takes its time. */
const LANES = 6;
/** The status of a harness, as WPT numbers them. */
const ERROR = 1;
const TIMEOUT = 2;

/** From each test's path to its results, for one class: `script` is run in each window first. */
export async function judge(tests, addresses, script, onResult) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: FLAGS });
  const results = new Map();
  // Those that may take long come first.
  const waiting = [...tests].sort((a, b) => Number(b.slow) - Number(a.slow));
  const lane = async () => {
    for (let test = waiting.shift(); test !== undefined; test = waiting.shift()) {
      const start = performance.now();
      const result = await runPage(browser, `${addresses[test.server]}/${test.path}`, script, test.slow ? LONG_LIMIT : LIMIT);
      results.set(test.path, result);
      onResult(test, result, (performance.now() - start) / 1000);
    }
  };
  try {
    await Promise.all(Array.from({ length: LANES }, lane));
  } finally {
    await browser.close();
  }
  return results;
}

async function runPage(browser, url, script, limit) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  let timer;
  try {
    if (script !== undefined) await context.addInitScript({ content: script });
    const page = await context.newPage();
    let resolve;
    const result = new Promise((settle) => (resolve = settle));
    timer = setTimeout(() => resolve(nothing(TIMEOUT, 'no result in time')), limit);
    page.on('crash', () => resolve(nothing(ERROR, 'the page crashed')));
    await context.exposeBinding('wptReport', ({ frame }, text) => {
      if (frame === page.mainFrame()) resolve(JSON.parse(text));
    });
    await page.goto(url, { waitUntil: 'commit', timeout: limit });
    return await result;
  } catch (error) {
    return nothing(ERROR, String(error));
  } finally {
    clearTimeout(timer);
    await context.close();
  }
}

const nothing = (status, message) => ({ status, message, tests: [] });
