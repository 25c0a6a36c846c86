// Which tests there are: the files of a folder, each with its variants, as WPT's own server makes them.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** What of a test's name the server turns into a page for a global scope. */
const SCOPES = {
  window: '.any.html',
  dedicatedworker: '.any.worker.html',
  sharedworker: '.any.sharedworker.html',
  serviceworker: '.any.serviceworker.html',
};
const WORKERS = ['dedicatedworker', 'sharedworker', 'serviceworker'];

/**
 * All tests in a folder: `path` below the server, with the variant; `file` for tables; the `server` it wants; whether it is `slow`;
 * whether it runs in a `worker`.
 */
export async function listTests(root, folder) {
  const entries = await readdir(path.join(root, folder), { recursive: true, withFileTypes: true });
  const tests = [];
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const file = path.relative(root, path.join(entry.parentPath, entry.name));
    // Helpers, handlers of the server, and tests that a person has to run.
    if (/\/(?:support|resources|handlers)\/|-manual\.|\.sub\.js$/.test(file)) continue;
    if (!/\.(?:html?|any\.js|window\.js|worker\.js)$/.test(file)) continue;
    const text = await readFile(path.join(root, file), 'utf8');
    const slow = /^\/\/ META: timeout=long|<meta\s+name=["']?timeout["']?\s+content=["']?long/m.test(text);
    for (const page of pages(file, text)) {
      const worker = /worker\.html$/.test(page);
      for (const variant of variants(text)) tests.push({ path: page + variant, file, server: server(page, variant), slow, worker });
    }
  }
  return tests.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function pages(file, text) {
  if (/\.(?:window|worker)\.js$/.test(file)) return [file.replace(/\.js$/, '.html')];
  if (!file.endsWith('.any.js')) return /testharness\.js/.test(text) ? [file] : [];
  const globals = /^\/\/ META: global=(.*)$/m.exec(text)?.[1].split(',') ?? ['window', 'dedicatedworker'];
  const scopes = globals.map((name) => name.trim()).flatMap((name) => (name === 'worker' ? WORKERS : [name]));
  return scopes.filter((name) => name in SCOPES).map((name) => file.replace(/\.any\.js$/, SCOPES[name]));
}

function server(page, variant) {
  const flags = [...path.basename(page).split('.'), ...new URLSearchParams(variant).getAll('wpt_flags')];
  if (flags.includes('h2')) return 'h2';
  return flags.includes('https') || flags.includes('serviceworker') ? 'https' : 'http';
}

function variants(text) {
  const found = [
    ...text.matchAll(/^\/\/ META: variant=(.*)$/gm),
    ...text.matchAll(/<meta\s+name=["']?variant["']?\s+content=["']([^"']*)["']/g),
  ].map(([, variant]) => variant.trim());
  return found.length > 0 ? found : [''];
}
