// Chromium by its debugging protocol, for what no driver tells: heaps, listeners, nodes, the module's memory.
import { Page, launch } from '../benches/browser/runner/devtools.mjs';

/** Gives `use` a page with this job, in a browser of its own. `use` may take so many milliseconds. */
export function inChromium(context, job, limit, use) {
  return withChromium(context, (open) => open(job, limit, use));
}

/** Gives `use` what opens pages of one browser, one after the other: each has a process of its own, and its job. */
export async function withChromium({ chromium, server }, use) {
  const browser = await launch(chromium);
  const open = async (job, limit, look) => {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`${job} takes longer than ${limit / 1000} s`)), limit);
    });
    const page = await Page.open(browser, `${server}/torture.html?job=${job}`);
    try {
      return await Promise.race([look(new Observed(page)), late]);
    } finally {
      clearTimeout(timer);
      await page.close();
    }
  };
  try {
    return await use(open);
  } finally {
    await browser.close();
  }
}

/** A page whose memory is looked at. */
class Observed {
  #page;
  #counts = false;

  constructor(page) {
    this.#page = page;
  }

  /** What the job's `run(args)` fulfils with. */
  run(args) {
    return this.#page.evaluate(`work(${JSON.stringify(args)})`);
  }

  /** After garbage collection: bytes of the JavaScript heap and of buffers, of every WebAssembly memory; listeners, nodes, documents. */
  async look() {
    const page = this.#page;
    if (!this.#counts) await page.call('Performance.enable');
    this.#counts = true;
    // What finalisers free is there for the next collection.
    for (let turn = 0; turn < 2; turn += 1) {
      await page.collectGarbage();
      await page.evaluate('new Promise((resolve) => setTimeout(resolve, 0))');
    }
    const wasm = await this.#wasm();
    await page.collectGarbage();
    const { usedSize, backingStorageSize = 0 } = await page.call('Runtime.getHeapUsage');
    const { metrics } = await page.call('Performance.getMetrics');
    const of = (name) => metrics.find((metric) => metric.name === name)?.value;
    return { heap: usedSize, buffers: backingStorageSize, wasm, listeners: of('JSEventListeners'), nodes: of('Nodes'), documents: of('Documents') };
  }

  /** The module keeps its memory to itself: the heap is asked for every one there is. */
  async #wasm() {
    const page = this.#page;
    const group = { objectGroup: 'look' };
    const { result } = await page.call('Runtime.evaluate', { expression: 'WebAssembly.Memory.prototype', ...group });
    const { objects } = await page.call('Runtime.queryObjects', { prototypeObjectId: result.objectId, ...group });
    const sum = { functionDeclaration: 'function () { return this.reduce((sum, { buffer }) => sum + buffer.byteLength, 0); }', returnByValue: true };
    const answer = await page.call('Runtime.callFunctionOn', { objectId: objects.objectId, ...sum });
    await page.call('Runtime.releaseObjectGroup', group);
    return answer.result.value;
  }
}
