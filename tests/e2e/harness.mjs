// What the end-to-end tests share: a Chromium, the page, and its parts as a person names them.
//
// TAUTLINE_URL is the address of a running server with the page; CHROMIUM the browser's executable; TAUTLINE_SCREENSHOTS,
// if set, the folder that screenshots go to.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { launch as start, listen, required } from '../support/chromium.mjs';

/** The server's address, without a slash at the end. */
export const SERVER = required('TAUTLINE_URL', 'e2e').replace(/\/+$/, '');
/** The same for WebSockets. */
export const SOCKETS = SERVER.replace(/^http/, 'ws');

export function launch(flags = []) {
  return start(chromium, 'e2e', flags);
}

/**
 * A new window with a page of its own. `problems` gathers what must never happen, `errors` what the browser's console
 * says of failures, wanted ones too.
 */
export async function newPage(browser, options = {}) {
  const context = await browser.newContext({ locale: 'en-US', viewport: { width: 1360, height: 900 }, ...options });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const { problems, errors } = listen(page);
  return { page, problems, errors, close: () => context.close() };
}

/** Runs `use` with the demo open, and checks that the page threw nothing. */
export async function withDemo(browser, use, options = {}) {
  const { page, problems, errors, close } = await newPage(browser, options);
  try {
    await page.goto(`${SERVER}/`);
    await page.locator('main').waitFor();
    await use(page, parts(page));
    assert.deepEqual(problems, []);
  } catch (error) {
    if (problems.length + errors.length > 0) error.message += `\nThe browser said:\n${[...problems, ...errors].join('\n')}`;
    throw error;
  } finally {
    await close();
  }
}

/** The page's parts by role and name, in English. */
export function parts(page) {
  const button = (name) => page.getByRole('button', { name, exact: true });
  const field = (name) => page.getByLabel(name, { exact: true });
  const log = page.getByRole('region', { name: 'Events' });
  const frames = page.getByRole('region', { name: '3. The frames' });
  return {
    url: field('Server address (URL)'),
    protocols: field('Subprotocols'),
    preset: field('Try an example'),
    text: field('Text'),
    hex: field('Bytes in hex'),
    file: field('File'),
    code: field('Code'),
    reason: field('Reason'),
    binaryType: field('binaryType'),
    connect: button('Connect'),
    drop: button('Drop'),
    sendText: button('Send text'),
    sendBytes: button('Send bytes'),
    sendFile: button('Send file'),
    close: button('Close connection'),
    log,
    /** Rows of the log: `side` is “event”, “you” or “thrown”. */
    rows: (name, side) => log.getByRole('row').filter({ has: page.getByRole('rowheader', { name: `${name} ${side}`, exact: true }) }),
    state: (name) => page.locator('[aria-current="step"]').filter({ hasText: name }),
    request: page.getByRole('region', { name: '1. The request' }),
    response: page.getByRole('region', { name: '2. The answer' }),
    frames,
    frame: (way, name) => frames.getByRole('listitem').filter({ hasText: way }).filter({ has: page.getByText(name, { exact: true }) }),
    alert: page.getByRole('alert').filter({ hasText: /\S/ }),
  };
}

/** Connects and waits until the state is OPEN. */
export async function connect(demo, url) {
  if (url !== undefined) await demo.url.fill(url);
  await demo.connect.click();
  await demo.state('OPEN').waitFor();
}

/** The visible text of an element once it is there. */
export async function textOf(locator) {
  await locator.waitFor();
  return (await locator.innerText()).replace(/\s+/g, ' ').trim();
}

/** Keeps a picture of the page, where a folder is given for them. */
export async function screenshot(page, name) {
  const folder = process.env.TAUTLINE_SCREENSHOTS;
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
}
