// A browser, by its driver, with the protocol that all of them speak (W3C WebDriver).
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';

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
async function start(driver, port, env) {
  const child = spawn(driver, [`--port=${port}`], { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'inherit'] });
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

/** What webdriver.json, in the project's folder, says that a browser is started with. */
async function capabilities(driver) {
  const all = JSON.parse(await readFile(path.join(import.meta.dirname, '../../webdriver.json'), 'utf8'));
  const name = /gecko/.test(path.basename(driver)) ? 'moz:firefoxOptions' : /chrome/.test(path.basename(driver)) ? 'goog:chromeOptions' : undefined;
  return name ? { [name]: all[name] } : {};
}

/**
 * One browser, with one window. `driver` is the driver's program; `limit` is how long a script may take, in milliseconds; `also` are
 * capabilities, `env` variables of its environment.
 */
export async function openBrowser(driver, { limit, also = {}, env = {} }) {
  const { url, stop } = await start(driver, await freePort(), env);
  let session;
  const close = async () => {
    if (session) await ask(session, 'DELETE', undefined, STOP).catch((error) => console.log(`the browser did not end: ${error}`));
    await stop();
  };
  try {
    const wanted = { alwaysMatch: { ...(await capabilities(driver)), ...also } };
    const { sessionId, capabilities: found } = await ask(`${url}/session`, 'POST', { capabilities: wanted }, START);
    session = `${url}/session/${sessionId}`;
    await ask(`${session}/timeouts`, 'POST', { script: limit, pageLoad: START }, START);
    return {
      version: `${found.browserName} ${found.browserVersion}`,
      navigate: (to) => ask(`${session}/url`, 'POST', { url: to }, START),
      /** Runs a script, whose last argument is to be called with its value. */
      execute: (script, args = [], within = limit) => ask(`${session}/execute/async`, 'POST', { script, args }, within),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
