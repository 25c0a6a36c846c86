// The browsers that the parts share: each is started when it is first asked for.
import { openBrowser } from '../tests/support/webdriver.mjs';

/** How long a job may take if it doesn't say, in milliseconds. */
const LIMIT = 300_000;
/** A job is awaited in steps: no request to a driver may take as long as an hour's soak does. */
const STEP = 20_000;
/** How long a page may be too busy to answer beyond a step. */
const BUSY = 100_000;

// A driver's script may have a global of its own: what is to stay is the window's.
const AWAIT = `
  const [ms, done] = arguments;
  const step = new Promise((resolve) => setTimeout(resolve, ms));
  Promise.race([window.running, step]).then((answer) => done(answer ?? null));
`;
const BEGIN = `
  const [args, done] = arguments;
  if (globalThis.work) {
    const failed = (error) => ({ error: String(error?.stack || error), text: String(error) });
    window.running = globalThis.work(args).then((value) => ({ value }), failed);
    done(null);
  } else {
    done({ error: location.href + ' has no job' });
  }
`;

export class Browsers {
  #server;
  #drivers;
  #options;
  #open = new Map();
  #versions = new Map();

  /** `options`: by engine, with what `openBrowser` starts it. */
  constructor(server, drivers, options = {}) {
    this.#server = server;
    this.#drivers = drivers;
    this.#options = options;
  }

  async #browser(engine) {
    let browser = this.#open.get(engine);
    if (!browser) {
      browser = await openBrowser(this.#drivers[engine], { ...this.#options[engine], limit: STEP + BUSY });
      this.#open.set(engine, browser);
      this.#versions.set(engine, browser.version);
    }
    return browser;
  }

  /** Its name and version, once it was started. */
  versionOf(engine) {
    return this.#versions.get(engine) ?? engine;
  }

  /** Runs `page/JOB.js` in a page of its own. */
  async run(engine, job, args = {}, limit = LIMIT) {
    const browser = await this.#browser(engine);
    await browser.navigate(`${this.#server}/torture.html?job=${encodeURIComponent(job)}`);
    try {
      const end = Date.now() + limit;
      let answer = await browser.execute(BEGIN, [args]);
      while (answer === null) {
        if (Date.now() > end) throw new Error(`${engine}: ${job} takes longer than ${limit / 1000} s`);
        answer = await browser.execute(AWAIT, [STEP]);
      }
      // WebKit's stacks don't have the message.
      if (answer.error) throw new Error(`${engine}: ${answer.text ?? ''} ${answer.error}`);
      return answer.value;
    } catch (error) {
      // What it is still at would disturb the next job.
      this.#open.delete(engine);
      await browser.close();
      throw error;
    }
  }

  async close() {
    for (const browser of this.#open.values()) await browser.close();
    this.#open.clear();
  }
}
