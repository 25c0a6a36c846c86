// WPT's own servers, on this machine only.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';

const HOST = 'web-platform.test';
/** How long they may take to listen, and to end. */
const START = 60_000;
const END = 10_000;
/** What they log when a port is listened to, for HTTP and for WebSockets. */
const LISTENS = /(?:Starting \S+ server on|Listen on:).*?(\d+)\D*$/;

/** Hands the results of a page over as soon as they are complete. A frame or window with tests of its own has nobody to tell. */
const REPORT = `
add_completion_callback((tests, { status, message }) => {
  globalThis.wptReport?.(JSON.stringify({
    status,
    message,
    tests: tests.map(({ name, status, message }) => ({ name, status, message })),
  }));
});
`;

/** Starts them for the folder of the tests; logs, and what they are told, go to the folder `out`. */
export async function startServers(root, out) {
  const harness = path.resolve(out, 'harness');
  await mkdir(harness, { recursive: true });
  await writeFile(path.join(harness, 'testharnessreport.js'), REPORT);
  const setInWorkers = (script) => replaceHarness(root, harness, script);
  await setInWorkers(undefined);
  const [http, http2, https, https2, ws, wss, h2] = await freePorts(7);
  const ports = { http: [http, http2], https: [https, https2], ws: [ws], wss: [wss], h2: [h2] };
  for (const scheme of ['http', 'https']) for (const space of ['local', 'private', 'public']) ports[`${scheme}-${space}`] = [];
  const config = {
    browser_host: HOST,
    alternate_hosts: { alt: `not-${HOST}` },
    check_subdomains: false,
    server_host: '127.0.0.1',
    ports,
    ssl: { type: 'pregenerated' },
    aliases: ['testharness.js', 'testharnessreport.js'].map((name) => ({ 'url-path': `/resources/${name}`, 'local-dir': harness })),
  };
  const file = path.resolve(out, 'servers.json');
  await writeFile(file, JSON.stringify(config, null, 2));
  const log = path.resolve(out, 'servers.log');
  const child = spawn('python3', [path.join(import.meta.dirname, 'serve.py'), '--config', file], {
    cwd: root,
    stdio: ['pipe', 'pipe', 'pipe'],
    // The tests' folder stays as it was unpacked.
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  });
  const stop = () => end(child);
  await listening(child, Object.values(ports).flat(), log).catch(async (error) => {
    await stop();
    throw error;
  });
  const addresses = { http: `http://${HOST}:${http}`, https: `https://${HOST}:${https}`, h2: `https://${HOST}:${h2}` };
  return { addresses, setInWorkers, stop };
}

/**
 * The harness is the first script of each worker with tests: a class is put in front of it there. Windows get theirs from the browser,
 * before they run anything.
 */
async function replaceHarness(root, folder, script) {
  const name = 'testharness.js';
  const from = path.join(root, 'resources', name);
  const before = script === undefined ? '' : `if (!("document" in globalThis)) {\n${script}\n}\n`;
  await writeFile(path.join(folder, name), before + (await readFile(from, 'utf8')));
  await copyFile(`${from}.headers`, path.join(folder, `${name}.headers`)).catch(() => {});
}

function listening(child, ports, log) {
  const file = createWriteStream(log);
  const missing = new Set(ports);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the servers do not listen on ${[...missing]}; see ${log}`)), START);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the servers ended with ${code}; see ${log}`)));
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        file.write(`${line}\n`);
        const port = LISTENS.exec(line)?.[1];
        if (missing.delete(Number(port)) && missing.size === 0) {
          clearTimeout(timer);
          resolve();
        }
      });
    }
  });
}

async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.stdin.end();
  const timer = setTimeout(() => child.kill('SIGKILL'), END);
  await exit;
  clearTimeout(timer);
}

async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
