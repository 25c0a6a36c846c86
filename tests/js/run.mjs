// Runs the tests in one browser by its driver, with the protocol that all of them speak (W3C WebDriver).
//
// node run.mjs DRIVER PAGE [FILTER]
//
// DRIVER is the driver's program; PAGE the address of page.html; webdriver.json has what the browsers are started with.
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';

const [driver, page, filter] = process.argv.slice(2);
/** How long the tests may take in one browser, in milliseconds. */
const LIMIT = 300_000;
/** How long driver and browser may take to start, or to end, in milliseconds. */
const START = 60_000;
const STOP = 10_000;

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Starts the driver; fulfils once it answers. */
async function start(port) {
  const child = spawn(driver, [`--port=${port}`], { stdio: ['ignore', 'ignore', 'inherit'] });
  let running = true;
  const ended = new Promise((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`${driver} ended with ${code ?? signal}`)));
  }).finally(() => (running = false));
  ended.catch(() => {});
  const url = `http://127.0.0.1:${port}`;
  const end = Date.now() + START;
  // No driver says in a common way that it listens.
  const answers = async () => {
    while (running && !(await fetch(`${url}/status`).then(({ ok }) => ok, () => false))) {
      if (Date.now() > end) throw new Error(`${driver} did not answer within ${START / 1000} s`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const stop = async () => {
    child.kill();
    // A browser that hangs may keep its driver from ending.
    const late = setTimeout(() => child.kill('SIGKILL'), STOP);
    await ended.catch(() => {});
    clearTimeout(late);
  };
  try {
    await Promise.race([answers(), ended]);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}

async function ask(url, method, body, limit) {
  const response = await fetch(url, {
    method,
    body: body && JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
    signal: AbortSignal.timeout(limit),
  });
  const { value } = await response.json();
  if (!response.ok) throw new Error(`${method} ${new URL(url).pathname}: ${value.error}: ${value.message}`);
  return value;
}

async function capabilities() {
  const all = JSON.parse(await readFile(path.join(import.meta.dirname, '../../webdriver.json'), 'utf8'));
  const name = /gecko/.test(path.basename(driver)) ? 'moz:firefoxOptions' : /chrome/.test(path.basename(driver)) ? 'goog:chromeOptions' : undefined;
  return name ? { [name]: all[name] } : {};
}

/** Opens the page, prints its lines as they come, and returns what it counted. */
async function run(session) {
  await ask(`${session}/timeouts`, 'POST', { script: LIMIT, pageLoad: START }, START);
  await ask(`${session}/url`, 'POST', { url: filter ? `${page}?filter=${encodeURIComponent(filter)}` : page }, START);
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
    const result = await ask(`${session}/execute/async`, 'POST', { script, args: [] }, left);
    if (result.missing) throw new Error(`${result.missing} has no tests: it, or page.js, was not loaded`);
    for (const line of result.lines) console.log(line);
    if (result.done) return result;
  }
}

async function main() {
  const { url, stop } = await start(await freePort());
  let session;
  try {
    const { sessionId } = await ask(`${url}/session`, 'POST', { capabilities: { alwaysMatch: await capabilities() } }, START);
    session = `${url}/session/${sessionId}`;
    return await run(session);
  } finally {
    if (session) await ask(session, 'DELETE', undefined, STOP).catch((error) => console.log(`the browser did not end: ${error}`));
    await stop();
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
