// Runs tests in Chromium, with a class in the place of the browser's.
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
const OK = 0;
const ERROR = 1;
const TIMEOUT = 2;

/** Tests that leave something behind in the browser, or find what others left: each gets a context of its own. */
const ALONE = /\/cookies\/|\/unload-a-document\/|basic-auth|back-forward-cache|sharedworker|serviceworker/;
/** How many others may share a window. A new one for each would take five times as long. */
const SHARE = 25;

/** From each test's path to its results, for one class: `script` is run in each window first. */
export async function judge(tests, addresses, script, onResult) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: FLAGS });
  const results = new Map();
  // Those that may take long come first.
  const waiting = [...tests].sort((a, b) => Number(b.slow) - Number(a.slow));
  const lane = async () => {
    const place = new Place(browser, script);
    for (let test = waiting.shift(); test !== undefined; test = waiting.shift()) {
      const start = performance.now();
      const alone = ALONE.test(test.path);
      if (alone) await place.close();
      const result = await place.run(`${addresses[test.server]}/${test.path}`, test.slow ? LONG_LIMIT : LIMIT);
      if (alone) await place.close();
      results.set(test.path, result);
      onResult(test, result, (performance.now() - start) / 1000);
    }
    await place.close();
  };
  try {
    if (script !== undefined) await checkThatItReplaces(browser, script);
    await Promise.all(Array.from({ length: LANES }, lane));
  } finally {
    await browser.close();
  }
  return results;
}

/** A script that fails would leave the browser's own class to be judged. */
async function checkThatItReplaces(browser, script) {
  const context = await browser.newContext();
  await context.addInitScript('globalThis.ownWebSocket = WebSocket');
  await context.addInitScript({ content: script });
  const page = await context.newPage();
  const problems = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  await page.goto('data:text/html,');
  const replaced = await page.evaluate(() => WebSocket !== globalThis.ownWebSocket);
  await context.close();
  if (!replaced) throw new Error(`the script puts nothing in the place of WebSocket: ${problems.join(', ')}`);
}

/** A context with a window, made when it is wanted. A test that ends otherwise than well, or opens windows, is its last. */
class Place {
  #browser;
  #script;
  #context;
  #page;
  #used = 0;
  #resolve = () => {};

  constructor(browser, script) {
    this.#browser = browser;
    this.#script = script;
  }

  async run(url, limit) {
    const result = new Promise((resolve) => (this.#resolve = resolve));
    const timer = setTimeout(() => this.#resolve(nothing(TIMEOUT, 'no result in time')), limit);
    try {
      this.#page ??= await this.#open();
      await this.#page.goto(url, { waitUntil: 'commit', timeout: limit });
      const { status } = await result;
      this.#used += 1;
      if (status !== OK || this.#used === SHARE || this.#context.pages().length > 1) await this.close();
    } catch (error) {
      this.#resolve(nothing(ERROR, String(error)));
      await this.close();
    } finally {
      clearTimeout(timer);
    }
    return result;
  }

  async close() {
    const context = this.#context;
    this.#context = this.#page = undefined;
    this.#used = 0;
    await context?.close();
  }

  async #open() {
    this.#context = await this.#browser.newContext({ ignoreHTTPSErrors: true });
    if (this.#script !== undefined) await this.#context.addInitScript({ content: this.#script });
    const page = await this.#context.newPage();
    page.on('crash', () => this.#resolve(nothing(ERROR, 'the page crashed')));
    await this.#context.exposeBinding('wptReport', ({ frame }, text) => {
      if (frame === page.mainFrame()) this.#resolve(JSON.parse(text));
    });
    return page;
  }
}

const nothing = (status, message) => ({ status, message, tests: [] });
