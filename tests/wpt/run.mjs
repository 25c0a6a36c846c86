// Runs the Web Platform Tests of WebSocket in Chromium, against the browser's own class and against others in its place.
//
// node run.mjs TESTS OUT NAME[=SCRIPT]...
//
// TESTS is the folder of WPT; a SCRIPT is run in each window before the page's own. The first class is what the others are held
// against. WPT's own servers are started and ended here.
import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import path from 'node:path';
import { listTests } from './tests.mjs';

const { chromium } = createRequire(new URL('../e2e/', import.meta.url))('playwright-core');

const [root, out, ...classes] = process.argv.slice(2);
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--ignore-certificate-errors', '--host-resolver-rules=MAP *.test 127.0.0.1'];
/** How long one page may take. Some tests wait for the closing handshake of a server that never answers. */
const LIMIT = 30_000;
/** Pages at a time. */
const LANES = 4;

/** Hands the results over as soon as they are complete: what each test page loads in this place. */
const REPORT = `
  add_completion_callback((tests, status) => {
    wptReport(JSON.stringify({
      status: status.status,
      message: status.message,
      tests: tests.map(({ name, status, message }) => ({ name, status, message })),
    }));
  });
`;
const STATUS = ['pass', 'fail', 'timeout', 'not run', 'precondition failed'];

/** Starts the servers; fulfils with their addresses once they answer. */
async function serve() {
  const ports = await freePorts(7);
  const config = {
    browser_host: 'web-platform.test',
    alternate_hosts: { alt: 'not-web-platform.test' },
    check_subdomains: false,
    server_host: '127.0.0.1',
    ports: { http: ports.slice(0, 2), https: ports.slice(2, 4), ws: [ports[4]], wss: [ports[5]], h2: [ports[6]] },
    ssl: { type: 'pregenerated' },
  };
  const file = path.resolve(out, 'servers.json');
  await writeFile(file, JSON.stringify(config));
  const child = spawn('python3', [path.join(import.meta.dirname, 'serve.py'), '--config', file], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  const ended = new Promise((_, reject) => child.once('exit', (code) => reject(new Error(`the servers ended with ${code}`))));
  ended.catch(() => {});
  const answers = async () => {
    for (const port of [ports[0], ports[1]]) {
      while (!(await fetch(`http://127.0.0.1:${port}/resources/testharness.js`).then(({ ok }) => ok, () => false))) {
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
  };
  await Promise.race([answers(), ended]);
  const stop = () => child.kill('SIGINT');
  return { server: `http://web-platform.test:${ports[0]}`, h2: `https://web-platform.test:${ports[6]}`, stop };
}

async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  const ports = [];
  for (const one of servers) {
    if (!one.listening) await new Promise((resolve) => one.once('listening', resolve));
    ports.push(one.address().port);
  }
  for (const one of servers) await new Promise((resolve) => one.close(resolve));
  return ports;
}

async function runTest(browser, { server, h2 }, test, script) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  try {
    const page = await context.newPage();
    let exposed;
    const reported = new Promise((resolve) => {
      exposed = page.exposeFunction('wptReport', (text) => resolve(JSON.parse(text)));
    });
    await exposed;
    if (script) await context.addInitScript({ path: script });
    await page.route('**/resources/testharnessreport.js', (route) => route.fulfill({ contentType: 'text/javascript', body: REPORT }));
    const address = test.includes('wpt_flags=h2') ? h2 : server;
    await page.goto(`${address}/${test}`, { timeout: LIMIT });
    let timer;
    const late = new Promise((resolve) => {
      timer = setTimeout(() => resolve({ status: 2, message: 'no result in time', tests: [] }), LIMIT);
    });
    const result = await Promise.race([reported, late]);
    clearTimeout(timer);
    return result;
  } catch (error) {
    return { status: 1, message: String(error), tests: [] };
  } finally {
    await context.close();
  }
}

async function runClass(servers, tests, script) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: FLAGS });
  const results = new Map();
  const waiting = [...tests];
  const lane = async () => {
    for (let test = waiting.shift(); test !== undefined; test = waiting.shift()) {
      const start = Date.now();
      const result = await runTest(browser, servers, test, script);
      results.set(test, result);
      const seconds = ((Date.now() - start) / 1000).toFixed(1);
      if (process.env.WPT_VERBOSE) console.log(`${test}: ${result.tests.length} subtests, ${result.message ?? ''} ${seconds} s`);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  await browser.close();
  return results;
}

const passed = (results) => [...results.values()].flatMap(({ tests }) => tests).filter(({ status }) => status === 0).length;
const all = (results) => [...results.values()].flatMap(({ tests }) => tests).length;

await mkdir(out, { recursive: true });
const only = process.env.WPT_ONLY;
const tests = (await listTests(root, 'websockets')).filter((test) => !only || test.includes(only));
const servers = await serve();
const judged = new Map();
for (const entry of classes) {
  const [name, script] = entry.split('=');
  const results = await runClass(servers, tests, script);
  judged.set(name, results);
  console.log(`${name}: ${passed(results)} of ${all(results)} subtests in ${tests.length} pages`);
}

servers.stop();

const [[, reference], ...others] = judged;
let worse = 0;
for (const [name, results] of judged) {
  const lines = [];
  for (const test of tests) {
    const own = results.get(test);
    const known = new Map(reference.get(test).tests.map((one) => [one.name, one]));
    for (const one of own.tests) {
      if (one.status === 0) continue;
      const lost = known.get(one.name)?.status === 0;
      lines.push(`${lost ? 'WORSE' : 'alike'} ${STATUS[one.status]} ${test}: ${one.name}: ${one.message}`);
    }
    for (const one of known.values()) {
      if (one.status === 0 && !own.tests.some((mine) => mine.name === one.name)) lines.push(`WORSE missing ${test}: ${one.name} (${own.message})`);
    }
  }
  await writeFile(path.join(out, `${name}.txt`), `${lines.join('\n')}\n`);
  await writeFile(path.join(out, `${name}.json`), JSON.stringify(Object.fromEntries(results), null, 1));
  if (others.some(([other]) => other === name)) {
    const lost = lines.filter((line) => line.startsWith('WORSE'));
    worse += lost.length;
    console.log(`${name}: ${lost.length} subtests that ${classes[0]} passes and it does not`);
    for (const line of lost) console.log(`  ${line}`);
  }
}
process.exitCode = worse > 0 ? 1 : 0;
