// What the same small application weighs with each client, and the npm entry of the package. `cargo xtask bench sizes` builds all and calls this.
//
// node sizes.mjs APPS_FOLDER NPM_DIST [--check]
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const [apps, dist, flag] = process.argv.slice(2);
const limits = JSON.parse(await readFile(path.join(import.meta.dirname, 'limits.json'), 'utf8'));

const gzip = (content) => gzipSync(content, { level: 9 }).length;
const brotli = (content) => brotliCompressSync(content).length;
const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);

async function minified(entry) {
  const { outputFiles } = await build({
    entryPoints: [entry],
    outdir: 'out',
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    write: false,
    logLevel: 'warning',
  });
  return outputFiles.map(({ contents }) => contents);
}

/** Glue and snippets as they were made: each file compressed by itself, as a server sends it. */
async function scripts(folder) {
  const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.js'));
  return Promise.all(files.map((name) => readFile(path.join(folder, name))));
}

async function app(name) {
  const folder = path.join(apps, name);
  const wasm = await readFile(path.join(folder, 'app_bg.wasm'));
  const made = await scripts(folder);
  const small = await minified(path.join(folder, 'app.js'));
  return {
    name,
    wasm: gzip(wasm),
    made: gzip(wasm) + sum(made.map(gzip)),
    minified: gzip(wasm) + sum(small.map(gzip)),
    brotli: brotli(wasm) + sum(small.map(brotli)),
  };
}

async function npm() {
  const files = await minified(path.join(dist, 'index.js'));
  return { name: 'npm', wasm: 0, made: 0, minified: sum(files.map(gzip)), brotli: sum(files.map(brotli)) };
}

const names = (await readdir(apps, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map(({ name }) => name);
const rows = [...(await Promise.all(names.map(app))), await npm()].sort((a, b) => a.minified - b.minified);
console.log('Bytes after gzip -9; brotli of all that is minified.\n');
console.log('| | wasm | with the glue as made | with the glue minified | all minified, brotli |\n| --- | --- | --- | --- | --- |');
for (const { name, ...sizes } of rows) {
  console.log(`| ${name} | ${Object.values(sizes).map((size) => size || '').join(' | ')} |`);
}
if (flag === '--check') {
  const over = rows.filter(({ name, minified: size }) => size > (limits[name] ?? Infinity));
  for (const { name, minified: size } of over) {
    console.error(`${name} has ${size} bytes, more than the ${limits[name]} of benches/browser/runner/limits.json`);
  }
  const missing = Object.keys(limits).filter((name) => !rows.some((row) => row.name === name));
  if (missing.length > 0) console.error(`not built: ${missing.join(', ')}`);
  process.exitCode = over.length + missing.length > 0 ? 1 : 0;
}
