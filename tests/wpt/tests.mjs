// Which tests there are: the files of a folder, each with its variants, as WPT's own server makes them.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** The addresses below the server of all tests in a folder that run in a window. */
export async function listTests(root, folder) {
  const entries = await readdir(path.join(root, folder), { recursive: true, withFileTypes: true });
  const tests = [];
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const file = path.relative(root, path.join(entry.parentPath, entry.name));
    // Helpers, handlers of the server, and tests that a person has to run.
    if (/\/(?:support|resources|handlers)\/|-manual\.|\.sub\.js$/.test(file)) continue;
    const page = pageOf(file);
    if (page === undefined) continue;
    const text = await readFile(path.join(root, file), 'utf8');
    if (!isTest(file, text)) continue;
    for (const variant of variants(text)) tests.push(page + variant);
  }
  return tests.sort();
}

function pageOf(file) {
  if (/\.any\.js$/.test(file)) return file.replace(/\.js$/, '.html');
  if (/\.window\.js$/.test(file)) return file.replace(/\.js$/, '.html');
  if (/\.worker\.js$/.test(file)) return file.replace(/\.js$/, '.html');
  return /\.html?$/.test(file) ? file : undefined;
}

function isTest(file, text) {
  if (!file.endsWith('.js')) return /testharness\.js/.test(text);
  const globals = /^\/\/ META: global=(.*)$/m.exec(text)?.[1];
  return globals === undefined || /\.window\.js$/.test(file) || /\bwindow\b/.test(globals);
}

function variants(text) {
  const found = [
    ...text.matchAll(/^\/\/ META: variant=(.*)$/gm),
    ...text.matchAll(/<meta\s+name=["']?variant["']?\s+content=["']([^"']*)["']/g),
  ].map(([, variant]) => variant.trim());
  return found.length > 0 ? found : [''];
}
