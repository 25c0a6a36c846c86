// Runs the tests in one browser by its driver.
//
// node run.mjs DRIVER PAGE [FILTER]
//
// DRIVER is the driver's program; PAGE the address of page.html; webdriver.json has what the browsers are started with.
import { openBrowser } from '../support/webdriver.mjs';

const [driver, page, filter] = process.argv.slice(2);
/** How long the tests may take in one browser, in milliseconds. */
const LIMIT = 300_000;

/** Opens the page, prints its lines as they come, and returns what it counted. */
async function run(browser) {
  await browser.navigate(filter ? `${page}?filter=${encodeURIComponent(filter)}` : page);
  // Each call waits for the next lines.
  const script = `
    const [done] = arguments;
    if (globalThis.nextLines) globalThis.nextLines().then(done);
    else done({ missing: location.href });
  `;
  const end = Date.now() + LIMIT;
  for (;;) {
    const left = end - Date.now();
    if (left <= 0) throw new Error('no time is left');
    const result = await browser.execute(script, [], left);
    if (result.missing) throw new Error(`${result.missing} has no tests: it, or page.js, was not loaded`);
    for (const line of result.lines) console.log(line);
    if (result.done) return result;
  }
}

async function main() {
  const browser = await openBrowser(driver, { limit: LIMIT });
  try {
    return await run(browser);
  } finally {
    await browser.close();
  }
}

const counts = await main().catch((error) => {
  const why = error.name === 'TimeoutError' ? `the limit of ${LIMIT / 1000} s, or of a step, is over: ${error.message}` : error.message;
  console.log(`not ok  ${why}`);
  return { passes: 0, failures: 1, pending: 0 };
});
// A test that was left out has not passed.
const failures = counts.failures + counts.pending;
if (counts.passes + failures === 0) console.log('no test ran');
console.log(`# pass ${counts.passes}`);
console.log(`# fail ${failures}`);
process.exitCode = counts.passes > 0 && failures === 0 ? 0 : 1;
