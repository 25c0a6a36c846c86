// What stays after garbage collection: of messages, and of connections that are over.
import { Page } from './devtools.mjs';

const MESSAGES = 40_000;
const CONNECTIONS = 1_000;

/** Bytes of the JavaScript heap and of wasm memory, and listeners. */
async function look(page) {
  await page.collectGarbage();
  const { usedSize } = await page.call('Runtime.getHeapUsage');
  const { jsEventListeners } = await page.call('Memory.getDOMCounters');
  return { heap: usedSize, wasm: await page.evaluate('wasmBytes()'), listeners: jsEventListeners };
}

async function growth(page, warm, run, count) {
  for (const expression of warm) await page.evaluate(expression);
  const before = await look(page);
  await page.evaluate(run);
  const after = await look(page);
  return Object.fromEntries(Object.keys(before).map((name) => [name, (after[name] - before[name]) / count]));
}

/** For each message, and for each connection. */
export async function memoryOf(browser, url, load) {
  const flood = (count) => `receive('/flood?count=${count}&size=32&kind=text&close=no', ${count})`;
  const measure = async (...run) => {
    const page = await Page.open(browser, url);
    try {
      await page.evaluate(load);
      return await growth(page, ...run);
    } finally {
      await page.close();
    }
  };
  return {
    message: await measure([flood(2_000)], flood(MESSAGES), MESSAGES),
    connection: await measure(["cycles('/echo', 200)"], `cycles('/echo', ${CONNECTIONS})`, CONNECTIONS),
  };
}
