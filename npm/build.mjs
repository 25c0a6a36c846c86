// Makes npm/dist: the entries of js/ in one file each and what they share, the machine's bytes as a part of its own, types, licences.
//
// node build.mjs NAMES.json MACHINE.wasm CHANNEL_NAMES.json CHANNEL.wasm VERSION OUT
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { minify } from 'terser';
import { options as shared } from './machine.mjs';

const [names, wasm, channelNames, channelWasm, version, out] = process.argv.slice(2);
const here = import.meta.dirname;
const js = path.join(here, 'js');
const ENTRIES = ['index', 'slim', 'msgpack'];
/** The channel, which has a machine of its own, and the transports alone: the files of `src/transport/push/`, whose names are left as they are. */
const PUSH = ['channel', 'polling', 'long-polling', 'event-stream', 'websocket-stream'];
/** What is kept in a file of its own, by being an entry too, which nobody gets to see. */
const APART = 'channel-module';
const TYPES = [...ENTRIES, ...PUSH, 'types', 'options', 'push', 'wasm'];

const options = {
  ...shared(names, wasm),
  format: 'esm',
  external: ['@msgpack/msgpack'],
  legalComments: 'none',
};
const push = { ...options, ...shared(channelNames, channelWasm, []) };

/** The files of entries and what they share: esbuild bundles and splits, and both make small. */
async function built(entries, sourcemap, how = options) {
  const { outputFiles } = await build({
    ...how,
    entryPoints: [...entries, ...(how === push ? [APART] : [])].map((name) => path.join(js, `${name}.js`)),
    outdir: out,
    splitting: true,
    chunkNames: 'part-[name]-[hash]',
    sourcemap,
    write: false,
  });
  // Parts have no effect of their own: one of which nothing is named need not be imported, and bundlers say so.
  const texts = new Map(outputFiles.map((file) => [path.basename(file.path), file.text.replace(/\bimport"\.\/part-[\w-]+\.js";/g, '')]));
  const names = [...texts.keys()].filter((name) => name.endsWith('.js') && name !== `${APART}.js`);
  return Promise.all(
    names.map(async (name) => {
      const { code, map } = await minify(texts.get(name), {
        module: true,
        ecma: 2022,
        // Three of them are for what gzip makes of it, though the file itself becomes larger.
        compress: { passes: 3, hoist_funs: true, sequences: false, lhs_constants: false, inline: 1 },
        sourceMap: sourcemap && { content: texts.get(`${name}.map`), url: `${name}.map` },
      });
      return { name, code, map };
    }),
  );
}

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
for (const { name, code, map } of [...(await built(ENTRIES, true)), ...(await built(PUSH, true, push))]) {
  await writeFile(path.join(out, name), code);
  await writeFile(path.join(out, `${name}.map`), map);
}
await copyFile(wasm, path.join(out, 'tautline.wasm'));
for (const name of TYPES) await copyFile(path.join(js, `${name}.d.ts`), path.join(out, `${name}.d.ts`));
for (const name of ['LICENSE-MIT', 'LICENSE-APACHE']) await copyFile(path.join(here, '..', name), path.join(out, name));
await copyFile(path.join(js, 'README.md'), path.join(out, 'README.md'));
const manifest = JSON.parse(await readFile(path.join(js, 'package.json'), 'utf8'));
await writeFile(path.join(out, 'package.json'), `${JSON.stringify({ ...manifest, version }, null, 2)}\n`);

// What a page loads, as web servers send it.
const bytes = await readFile(wasm);
const size = (content) => [Buffer.byteLength(content), gzipSync(content, { level: 9 }).length, brotli(content)];
function brotli(content) {
  return brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: Buffer.byteLength(content) } }).length;
}
async function bundled(entry, how) {
  const files = await built([entry], false, how);
  const first = closure(files.find(({ name }) => name === `${entry}.js`), files);
  const later = files.filter((file) => !first.includes(file));
  return { first: first.map(({ code }) => code), later: later.map(({ code }) => code) };
}
/** A file and all that it imports statically. */
function closure(file, files, seen = []) {
  if (seen.includes(file)) return seen;
  seen.push(file);
  for (const [, name] of file.code.matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)) {
    closure(files.find((other) => other.name === name), files, seen);
  }
  return seen;
}
const rows = [];
const sum = (contents) => contents.map(size).reduce((a, b) => a.map((value, at) => value + b[at]), [0, 0, 0]);
const main = await bundled('index');
const slim = await bundled('slim');
rows.push(['`.`: before the first connection', sum(main.first)]);
rows.push(['`.`: the machine, loaded beside', sum(main.later)]);
rows.push(['`.`: all', sum([...main.first, ...main.later])]);
rows.push(['`./slim` with glue', sum(slim.first)]);
rows.push(['`./tautline.wasm`', size(bytes)]);
rows.push(['`./slim`: all', sum([...slim.first, bytes])]);
for (const entry of PUSH) rows.push([`\`./${entry}\``, sum((await bundled(entry, push)).first)]);
console.log(`${'npm/dist, bytes'.padEnd(36)}${['raw', 'gzip -9', 'brotli'].map((name) => name.padStart(10)).join('')}`);
for (const [name, sizes] of rows) console.log(`${name.padEnd(36)}${sizes.map((value) => String(value).padStart(10)).join('')}`);
