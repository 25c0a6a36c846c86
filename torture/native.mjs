// Native clients by the hundred, at a server of their own.
import { spawn } from 'node:child_process';
import readline from 'node:readline';
import { createRequire } from 'node:module';

const WebSocket = createRequire(import.meta.url)('ws');

/** How long anything here may take, in milliseconds. */
const PATIENCE = 60_000;

function within(what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${PATIENCE / 1000} s for ${what}`)), PATIENCE);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Starts the server's program; gives `use` its address, and ends it after that. */
export async function withServer(program, use) {
  const child = spawn(program, ['--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    const listening = new Promise((resolve, reject) => {
      readline.createInterface({ input: child.stdout }).on('line', (line) => {
        const [, address] = /listening on http:\/\/(\S+)/.exec(line) ?? [];
        if (address) resolve(address);
      });
      ended.then((code) => reject(new Error(`the server ended with ${code}`)));
    });
    return await use(await within('the server', listening));
  } finally {
    child.kill();
    await ended;
  }
}

/** Opens a WebSocket: the client, or the status that it is refused with. */
function open(url) {
  const client = new WebSocket(url, { perMessageDeflate: false });
  return new Promise((resolve, reject) => {
    client.on('open', () => resolve({ client }));
    client.on('unexpected-response', (request, { statusCode }) => {
      request.destroy();
      resolve({ status: statusCode });
    });
    client.on('error', reject);
  });
}

/** Several at a time. */
async function openMany(url, count) {
  const opened = [];
  for (let at = 0; at < count; at += 100) {
    const batch = Array.from({ length: Math.min(100, count - at) }, () => open(url));
    opened.push(...(await within('a hundred handshakes', Promise.all(batch))));
  }
  return opened;
}

/** Each sends a text of its own, and waits for that. How many got theirs. */
async function speak(clients, word) {
  const answers = clients.map((client, at) => {
    const answer = new Promise((resolve) => client.once('message', (data) => resolve(String(data) === `${word} ${at}`)));
    client.send(`${word} ${at}`);
    return answer;
  });
  return (await within('every answer', Promise.all(answers))).filter(Boolean).length;
}

async function closeAll(clients) {
  const closed = clients.map((client) => new Promise((resolve) => client.once('close', resolve)));
  for (const client of clients) client.close(1000);
  await within('every close', Promise.all(closed));
}

/** `count` clients at once, which each echo; then `more`, of which those beyond the server's limit are refused. */
export function crowd(program, count, more) {
  return withServer(program, async (address) => {
    const ledger = `${address}/ledger/crowd`;
    const start = performance.now();
    const clients = (await openMany(`ws://${ledger}`, count)).map(({ client }) => client);
    const opening = performance.now() - start;
    const first = await speak(clients, 'first');
    const then = await openMany(`ws://${ledger}`, more);
    const [further, refused] = [then.filter(({ client }) => client), then.filter(({ client }) => !client)];
    const statuses = [...new Set(refused.map(({ status }) => status))];
    const second = await speak(clients, 'second');
    const all = [...clients, ...further.map(({ client }) => client)];
    await closeAll(all);
    const { open: left, accepted } = await (await fetch(`http://${ledger}/wait?open=0`)).json();
    return { opening, first, second, most: all.length, refused: refused.length, statuses, left, accepted };
  });
}
