// The two clocks that mean something on a shared machine: what a page's main thread has computed, and how much of it was script.
import { readFile } from 'node:fs/promises';

/** Script time, by Chromium's own count in thread time. It costs each message some microseconds: for a run of its own. */
export async function scriptClock(page) {
  await page.call('Performance.enable', { timeDomain: 'threadTicks' });
  return async () => {
    const { metrics } = await page.call('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'ScriptDuration').value * 1e6;
  };
}

/** What the main thread of the page's process has computed, by the kernel's count. Both clocks are in microseconds. */
export async function threadClock(browser, page) {
  const process = await processOf(browser, page);
  return () => cpu(process);
}

async function processOf(browser, page) {
  const before = await renderers(browser);
  await page.evaluate('burn(40)');
  const after = await renderers(browser);
  const used = [...after].map(([id, time]) => [id, time - (before.get(id) ?? 0)]);
  return used.reduce((most, other) => (other[1] > most[1] ? other : most))[0];
}

async function renderers(browser) {
  const { processInfo } = await browser.call('SystemInfo.getProcessInfo');
  const ids = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
  const times = await Promise.all(ids.map(async (id) => [id, await cpu(id).catch(() => 0)]));
  return new Map(times);
}

async function cpu(process) {
  const [nanoseconds] = (await readFile(`/proc/${process}/task/${process}/schedstat`, 'utf8')).split(' ');
  return Number(nanoseconds) / 1000;
}
