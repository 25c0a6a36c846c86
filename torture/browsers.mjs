// The browsers that the parts share: each is started when it is first asked for.
import { openBrowser } from '../tests/support/webdriver.mjs';

/** How long a job may take if it doesn't say, in milliseconds. */
const LIMIT = 300_000;
/** The most that any may say. */
const MOST = 4_000_000;

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
      browser = await openBrowser(this.#drivers[engine], { ...this.#options[engine], limit: MOST });
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
    const script = `
      const [args, done] = arguments;
      if (globalThis.work) globalThis.work(args).then((value) => done({ value }), (error) => done({ error: String(error?.stack || error), text: String(error) }));
      else done({ error: location.href + ' has no job' });
    `;
    try {
      const answer = await browser.execute(script, [args], limit);
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
