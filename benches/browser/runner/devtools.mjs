// Chromium by its debugging protocol, raw and over a pipe: Playwright's network domain would triple the cost of every frame.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

const FLAGS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-extensions',
  // Timers of a page that nobody sees are not to be slowed down.
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
  '--remote-debugging-pipe',
  'about:blank',
];

/** Starts Chromium with a profile of its own; `close` ends it and removes that. */
export async function launch(executable) {
  const profile = await mkdtemp(path.join(os.tmpdir(), 'tautline-bench-'));
  const browser = spawn(executable, [`--user-data-dir=${profile}`, ...FLAGS], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  const [, , , input, output] = browser.stdio;
  const ended = new Promise((resolve) => browser.once('exit', resolve));
  const waiting = new Map();
  let last = 0;
  let buffered = '';
  ended.then(() => {
    for (const { reject } of waiting.values()) reject(new Error('Chromium has ended'));
  });
  output.setEncoding('utf8');
  output.on('data', (chunk) => {
    const parts = (buffered + chunk).split('\0');
    buffered = parts.pop();
    for (const part of parts) {
      const { id, result, error } = JSON.parse(part);
      // Events are not listened to.
      const call = waiting.get(id);
      if (!call) continue;
      waiting.delete(id);
      if (error) call.reject(new Error(`${call.method}: ${error.message}`));
      else call.resolve(result);
    }
  });
  const call = (method, params = {}, sessionId = undefined) =>
    new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, { resolve, reject, method });
      input.write(`${JSON.stringify({ id: last, method, params, sessionId })}\0`);
    });
  return {
    call,
    async close() {
      await call('Browser.close').catch(() => browser.kill());
      await ended;
      await rm(profile, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** A fresh page, in a process of its own. */
export class Page {
  #browser;
  #session;
  #target;

  static async open(browser, url) {
    const page = new Page();
    page.#browser = browser;
    page.#target = (await browser.call('Target.createTarget', { url: 'about:blank' })).targetId;
    const attached = await browser.call('Target.attachToTarget', { targetId: page.#target, flatten: true });
    page.#session = attached.sessionId;
    // Answers when the page is there, if not all of it.
    await page.call('Page.navigate', { url });
    await page.evaluate(`new Promise((resolve) => {
      const look = () => (globalThis.ready ? resolve() : setTimeout(look, 5));
      look();
    })`);
    return page;
  }

  call(method, params) {
    return this.#browser.call(method, params, this.#session);
  }

  /** The value of an expression, awaited. */
  async evaluate(expression) {
    const answer = await this.call('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    const { result, exceptionDetails } = answer;
    if (exceptionDetails) {
      throw new Error(`${expression}: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
    }
    return result.value;
  }

  async collectGarbage() {
    for (let n = 0; n < 3; n += 1) await this.call('HeapProfiler.collectGarbage');
  }

  async close() {
    await this.#browser.call('Target.closeTarget', { targetId: this.#target });
  }
}
