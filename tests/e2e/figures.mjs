// The Push Lab's table and picture for the README: each preset raced once in Chromium, and the server's memory for a held connection.
//
// TAUTLINE_URL is the address of a running server with the page; TAUTLINE_SERVER the server's program, which is started anew for each
// kind of connection; CHROMIUM the browser's executable; the argument is where the picture goes.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { launch, required } from '../support/chromium.mjs';

const SERVER = required('TAUTLINE_URL', 'bench lab').replace(/\/+$/, '');
const PROGRAM = required('TAUTLINE_SERVER', 'bench lab');
const PICTURE = process.argv[2];

/** Below the server's limit for one client. */
const HELD = 900;
const SETTLE_MS = 1500;
const SUBPROTOCOL = 'tautline.channel.v1';

const HANDSHAKE = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: ${SUBPROTOCOL}\r\n`;
/** What each technique has open between two messages. */
const KINDS = {
  'polling-rate': { query: (place) => `?tl_wait=0&${place}`, answered: true },
  'polling-delay': { query: (place) => `?tl_wait=0&${place}`, answered: true },
  'long-polling': { query: (place) => `?tl_wait=60000&${place}`, answered: false },
  'event-stream': { query: () => '', headers: 'Accept: text/event-stream\r\n', answered: true },
  websocket: { query: () => '', headers: HANDSHAKE, answered: true },
};

async function race(page, preset) {
  await page.goto(`${SERVER}/push-lab.html`);
  await page.getByRole('button', { name: preset, exact: true }).click();
  await page.getByRole('button', { name: 'Start the race' }).click();
  await page.getByText('The race is over. These are its numbers.').first().waitFor({ timeout: 120_000 });
  const rows = await page.locator('#results tr').evaluateAll((all) =>
    all.map((row) => [row.dataset.technique, Object.fromEntries([...row.querySelectorAll('td')].map((cell) => [cell.dataset.column, cell.textContent]))]),
  );
  console.log(`\n${preset}. ${await page.locator('#conditions').innerText()}`);
  for (const [id, cells] of rows) console.log(`  ${id.padEnd(14)} ${Object.entries(cells).map(([key, text]) => `${key} ${text}`).join(', ')}`);
  return Object.fromEntries(rows);
}

async function resident(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)[1]);
}

/** Opens a connection, and waits for its answer where one comes at once. */
async function hold(port, { query, headers = '', answered }, place) {
  const socket = net.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(`GET /channel/held${query(place)} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${headers}\r\n`);
  if (answered) await once(socket, 'data');
  socket.resume();
  return socket;
}

/** KiB of the server for each connection of a kind. */
async function memory(kind) {
  const server = spawn(PROGRAM, ['--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(server.stdout, 'data');
  const port = Number(/:(\d+)\s*$/.exec(String(line))[1]);
  const first = await fetch(`http://127.0.0.1:${port}/channel/held?tl_wait=0`);
  const place = `tl_epoch=${/epoch=([\w-]+)/.exec(await first.text())[1]}&tl_after=0`;
  // The first of a kind makes what all of them share.
  const sockets = [await hold(port, kind, place)];
  await pause(SETTLE_MS);
  const before = await resident(server.pid);
  for (let count = 0; count < HELD; count += 1) sockets.push(await hold(port, kind, place));
  await pause(SETTLE_MS);
  const after = await resident(server.pid);
  for (const socket of sockets) socket.destroy();
  server.kill();
  await once(server, 'exit');
  return (after - before) / HELD;
}

const browser = await launch(chromium, 'bench lab');
const context = await browser.newContext({ locale: 'en-US', viewport: { width: 1280, height: 900 } });
const page = await context.newPage();
const races = {};
for (const preset of ['Steady', 'Idle', 'Burst', 'Slow network']) races[preset] = await race(page, preset);
if (PICTURE) {
  // Boxes are the window's, the picture's clip is the page's.
  await page.evaluate(() => scrollTo(0, 0));
  const box = async (id) => page.locator(id).locator('xpath=ancestor::div[contains(@class, "card")][1]').boundingBox();
  const [chart, table] = [await box('#chart'), await box('#results')];
  const edge = 16;
  const clip = { x: chart.x - edge, y: chart.y - edge, width: chart.width + 2 * edge, height: table.y + table.height - chart.y + 2 * edge };
  await page.screenshot({ path: PICTURE, fullPage: true, clip });
}
await browser.close();

const kib = {};
for (const [id, kind] of Object.entries(KINDS)) kib[id] = (await memory(kind)).toFixed(1);

const NAMES = {
  'polling-rate': 'Polling, fixed rate',
  'polling-delay': 'Polling, fixed delay',
  'long-polling': 'Long polling',
  'event-stream': 'Server-Sent Events',
  websocket: 'WebSocket',
};
const head = [
  'technique',
  'idle: requests in 10 s',
  'steady: p50 / p99 (ms)',
  'steady: requests, 100 messages',
  'steady: bytes a message',
  'burst: bytes a message',
  'slow: answers overtaken',
  'slow: p50 / p99 (ms)',
  'KiB a connection',
];
const [steady, idle, burst, slow] = ['Steady', 'Idle', 'Burst', 'Slow network'].map((preset) => races[preset]);
const whole = (text) => Math.round(Number(text.replaceAll(',', ''))).toLocaleString('en');
console.log(`\n| ${head.join(' | ')} |\n| --- |${' ---: |'.repeat(head.length - 1)}`);
for (const [id, name] of Object.entries(NAMES)) {
  const latency = ({ p50, p99 }) => `${whole(p50)} / ${whole(p99)}`;
  const cells = [
    name,
    idle[id].requests,
    latency(steady[id]),
    steady[id].requests,
    steady[id].perMessage,
    burst[id].perMessage,
    slow[id].outOfOrder,
    latency(slow[id]),
    kib[id],
  ];
  console.log(`| ${cells.join(' | ')} |`);
}
