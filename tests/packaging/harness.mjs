// What the packaging tests share: the package as a consumer gets it, a place for what is built, and a page that echoes.
import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { launch, listen, required } from '../support/chromium.mjs';

const run = promisify(execFile);

export const here = import.meta.dirname;

/** The URL that echoes. */
export const ECHO = `${required('TAUTLINE_URL', 'packaging').replace(/^http/, 'ws')}/echo`;

/** A TCP proxy in front of the server: its URL that echoes, what it can be told, and what it can be asked to wait for. */
export async function link(context) {
  const request = async (method, path) => {
    const response = await fetch(`${required('TAUTLINE_URL', 'packaging')}${path}`, { method });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response;
  };
  const { id, port } = await (await request('POST', '/link')).json();
  const tell = (command) => request('POST', `/link/${id}/${command}`);
  context.after(() => tell('end'));
  return { url: `ws://127.0.0.1:${port}/echo`, tell, wait: (until) => request('GET', `/link/${id}/wait?${until}`) };
}

/**
 * Packs npm/dist, and puts what npm makes of the tarball in the place where the consumers look for it. Fulfils with the packed files.
 *
 * npm installs it into an empty project, offline: that it needs nothing else is a part of the test, and npm neither asks for, nor
 * moves, any of the packages that the lock file pins.
 */
export async function install() {
  const folder = await mkdtemp(path.join(tmpdir(), 'tautline-pack-'));
  try {
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: path.join(here, '../../npm/dist') });
    const [{ filename, files }] = JSON.parse(stdout);
    const consumer = path.join(folder, 'consumer');
    await mkdir(consumer);
    await writeFile(path.join(consumer, 'package.json'), '{ "private": true }');
    const quiet = ['--offline', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];
    await run('npm', ['install', ...quiet, path.join(folder, filename)], { cwd: consumer });
    const place = path.join(here, 'node_modules/tautline');
    await rm(place, { recursive: true, force: true });
    await cp(path.join(consumer, 'node_modules/tautline'), place, { recursive: true });
    return files.map((file) => file.path);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A folder for what one test builds. */
export async function workshop(context) {
  const folder = await mkdtemp(path.join(tmpdir(), 'tautline-packaging-'));
  context.after(() => rm(folder, { recursive: true }));
  return folder;
}

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm', '.css': 'text/css' };

/** Serves a folder on loopback, with these headers; fulfils with its address. */
export async function serve(context, folder, headers = {}) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const file = path.join(folder, pathname.endsWith('/') ? `${pathname}index.html` : pathname);
    const known = file.startsWith(folder) && (await stat(file).catch(() => undefined))?.isFile();
    if (!known) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': TYPES[path.extname(file)] ?? 'application/octet-stream', ...headers });
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => server.close());
  return `http://127.0.0.1:${server.address().port}`;
}

/** Starts with the first page: where a filter leaves out all tests of a file, Node 22 may call `after` while `before` is still at work. */
let browser;

export async function closeBrowser() {
  await (await browser)?.close();
}

/** Opens a page and uses it. Throws what the page throws. */
export async function openPage(address, use) {
  browser ??= launch(chromium, 'packaging');
  const context = await (await browser).newContext();
  const page = await context.newPage();
  const { problems, errors } = listen(page);
  try {
    await page.goto(address);
    const answer = await use(page);
    if (problems.length > 0) throw new Error('the page has problems');
    return answer;
  } catch (error) {
    error.message += `\nThe page said: ${[...problems, ...errors].join('\n')}`;
    throw error;
  } finally {
    await context.close();
  }
}

/** Opens a page that connects and echoes, and waits for what it shows. */
export function shown(address) {
  return openPage(`${address}/?url=${encodeURIComponent(ECHO)}`, async (page) => {
    const result = page.locator('output').filter({ hasText: 'closed:' });
    await result.waitFor({ timeout: 60_000 });
    return result.textContent();
  });
}

/** What every project shows in the end. */
export const EXPECTED = 'echo: hello, managed, closed: 1005';

/** Runs a program of the installed packages: by its name, or by its path where two packages have one of that name. */
export function program(name, args, options) {
  return run(path.join(here, 'node_modules', name.includes('/') ? name : `.bin/${name}`), args, { maxBuffer: 16 * 1024 * 1024, ...options });
}

/** What such a program prints. Throws that if it fails. */
export async function output(...command) {
  try {
    const { stdout } = await program(...command);
    return stdout;
  } catch (error) {
    throw new Error(`${error.stdout}\n${error.stderr}`);
  }
}
