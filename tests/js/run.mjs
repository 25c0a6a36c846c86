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
  const ended = new Promise((_, reject) => child.once('exit', (code) => reject(new Error(`${driver} ended with ${code}`))));
  child.once('error', (error) => console.error(String(error)));
  ended.catch(() => {});
  const url = `http://127.0.0.1:${port}`;
  const answers = async () => {
    for (;;) {
      try {
        if ((await fetch(`${url}/status`)).ok) return;
      } catch {
        // Not listening yet.
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  await Promise.race([answers(), ended]);
  return { url, stop: () => child.kill() };
}

async function ask(url, method, body) {
  const response = await fetch(url, { method, body: body && JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  const { value } = await response.json();
  if (!response.ok) throw new Error(`${url}: ${value.error}: ${value.message}`);
  return value;
}

async function capabilities() {
  const all = JSON.parse(await readFile(path.join(import.meta.dirname, '../../webdriver.json'), 'utf8'));
  const name = /gecko/.test(driver) ? 'moz:firefoxOptions' : /chrome/.test(driver) ? 'goog:chromeOptions' : undefined;
  return name ? { [name]: all[name] } : {};
}

const { url, stop } = await start(await freePort());
let session;
let result;
try {
  const { sessionId } = await ask(`${url}/session`, 'POST', { capabilities: { alwaysMatch: await capabilities() } });
  session = `${url}/session/${sessionId}`;
  await ask(`${session}/timeouts`, 'POST', { script: 120_000, pageLoad: 60_000 });
  await ask(`${session}/url`, 'POST', { url: filter ? `${page}?filter=${encodeURIComponent(filter)}` : page });
  // Each call waits for the next lines.
  const script = 'const done = arguments[arguments.length - 1]; globalThis.nextLines().then(done);';
  const end = Date.now() + LIMIT;
  do {
    if (Date.now() > end) throw new Error(`the tests took longer than ${LIMIT / 1000} s`);
    result = await ask(`${session}/execute/async`, 'POST', { script, args: [] });
    for (const line of result.lines) console.log(line);
  } while (!result.done);
} finally {
  if (session) await ask(session, 'DELETE').catch((error) => console.error(String(error)));
  stop();
}
const { passes, pending } = result;
// A test that was left out has not passed.
const failures = result.failures + pending;
if (pending > 0) console.log(`${pending} tests were left out`);
if (passes + failures === 0) console.log('no test ran');
console.log(`# pass ${passes}`);
console.log(`# fail ${failures}`);
process.exitCode = passes > 0 && failures === 0 ? 0 : 1;
