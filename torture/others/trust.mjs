// How each browser is made to trust the authority of the tests, and nothing else beside what it trusts anyway.
import { execFileSync } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** Makes a database of NSS in which the authority is trusted for servers. */
async function database(folder, authority) {
  await mkdir(folder, { recursive: true });
  const certutil = (...args) => execFileSync('certutil', [...args, '-d', `sql:${folder}`], { stdio: ['ignore', 'ignore', 'pipe'] });
  certutil('-N', '--empty-password');
  certutil('-A', '-n', 'tautline', '-t', 'C,,', '-i', authority);
}

/** By engine: with what it is started, and what that makes it do. */
export async function trusting(engine, folder, { authority, certificate }) {
  const own = path.join(folder, `trust-${engine}`);
  if (engine === 'chrome') {
    // Chromium on Linux takes what the user's database has beside its own store.
    await database(path.join(own, '.pki/nssdb'), authority);
    return { env: { HOME: own }, how: 'verifies: the authority is in its NSS database' };
  }
  if (engine === 'firefox') {
    await database(own, authority);
    const options = JSON.parse(await readFile(path.join(import.meta.dirname, '../../webdriver.json'), 'utf8'))['moz:firefoxOptions'];
    const also = { 'moz:firefoxOptions': { ...options, args: [...options.args, '-profile', own] } };
    return { also, how: 'verifies: the authority is in its profile' };
  }
  const also = { 'webkitgtk:browserOptions': { certificates: [{ host: '127.0.0.1', certificateFile: certificate }] } };
  return { also, how: 'knows this very certificate for this host, and verifies any other' };
}
