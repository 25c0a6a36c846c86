// The npm package as its consumers get it: packed, installed, bundled, opened in Chromium, where it connects and echoes.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { cp, rm } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import resolve from '@rollup/plugin-node-resolve';
import * as esbuild from 'esbuild';
import { rollup } from 'rollup';
import * as vite from 'vite';
import webpack from 'webpack';
import { ECHO, EXPECTED, closeBrowser, here, install, program, serve, shown, workshop } from './harness.mjs';

let files;
before(async () => {
  files = await install();
});
after(closeBrowser);

const project = (name) => path.join(here, name);

test('the package has what it needs and nothing else', () => {
  const expected = ['LICENSE-APACHE', 'LICENSE-MIT', 'README.md', 'channel.d.ts', 'channel.js', 'event-stream.d.ts', 'event-stream.js', 'index.d.ts', 'index.js', 'long-polling.d.ts', 'long-polling.js', 'msgpack.d.ts', 'msgpack.js', 'options.d.ts', 'package.json', 'polling.d.ts', 'polling.js', 'push.d.ts', 'slim.d.ts', 'slim.js', 'tautline.wasm', 'types.d.ts', 'wasm.d.ts', 'websocket-stream.d.ts', 'websocket-stream.js'];
  const others = files.filter((file) => !expected.includes(file));
  assert.deepEqual(expected.filter((file) => !files.includes(file)), []);
  assert.ok(others.length > 0 && others.every((file) => /^(?:part-[\w-]+\.js|[\w-]+\.js\.map)$/.test(file)), others.join(', '));
});

test('Vite’s dev server', async (context) => {
  const server = await vite.createServer({ root: project('vite'), configFile: false, logLevel: 'error', server: { host: '127.0.0.1', port: 0 }, cacheDir: await workshop(context) });
  await server.listen();
  try {
    assert.equal(await shown(server.resolvedUrls.local[0].replace(/\/$/, '')), EXPECTED);
  } finally {
    await server.close();
  }
});

test('Vite’s build', async (context) => {
  const out = await workshop(context);
  await vite.build({ root: project('vite'), configFile: false, logLevel: 'error', build: { outDir: out, emptyOutDir: true } });
  assert.equal(await shown(await serve(context, out)), EXPECTED);
});

test('a worker, built by Vite', async (context) => {
  const out = await workshop(context);
  await vite.build({ root: project('worker'), configFile: false, logLevel: 'error', worker: { format: 'es' }, build: { outDir: out, emptyOutDir: true } });
  assert.equal(await shown(await serve(context, out)), EXPECTED);
});

test('webpack', async (context) => {
  const out = await workshop(context);
  const compiler = webpack({ mode: 'production', context: project('webpack'), entry: './main.js', output: { path: out, filename: 'main.js' } });
  const stats = await new Promise((done, fail) => compiler.run((error, result) => (error ? fail(error) : done(result))));
  const { errors, warnings } = stats.toJson({ errors: true, warnings: true });
  assert.deepEqual([...errors, ...warnings].map(({ message }) => message), []);
  await cp(path.join(here, 'shared/classic.html'), path.join(out, 'index.html'));
  assert.equal(await shown(await serve(context, out)), EXPECTED);
});

test('Rollup with nothing but the resolution of packages', async (context) => {
  const out = await workshop(context);
  const warnings = [];
  const bundle = await rollup({ input: path.join(project('rollup'), 'main.js'), plugins: [resolve()], onwarn: ({ message }) => warnings.push(message) });
  await bundle.write({ dir: out, format: 'es' });
  await bundle.close();
  assert.deepEqual(warnings, []);
  await cp(path.join(here, 'shared/bundled.html'), path.join(out, 'index.html'));
  assert.equal(await shown(await serve(context, out)), EXPECTED);
});

for (const [name, options, page] of [
  ['esbuild, in parts', { format: 'esm', splitting: true }, 'bundled.html'],
  ['esbuild, one classic script', { format: 'iife' }, 'classic.html'],
]) {
  test(name, async (context) => {
    const out = await workshop(context);
    await esbuild.build({ entryPoints: [path.join(project('esbuild'), 'main.js')], bundle: true, minify: true, outdir: out, logLevel: 'error', ...options });
    await cp(path.join(here, 'shared', page), path.join(out, 'index.html'));
    assert.equal(await shown(await serve(context, out)), EXPECTED);
  });
}

test('a bundle of what is not used is small', async (context) => {
  const out = await workshop(context);
  const { outputFiles } = await esbuild.build({ stdin: { contents: "import 'tautline';", resolveDir: here }, bundle: true, minify: true, write: false, outdir: out, format: 'esm', logLevel: 'error' });
  assert.ok(outputFiles[0].contents.length < 100, `${outputFiles[0].contents.length} bytes for an import that uses nothing`);
});

test('the module as a file, by Vite', async (context) => {
  const out = await workshop(context);
  await vite.build({ root: project('slim'), configFile: false, logLevel: 'error', build: { outDir: out, emptyOutDir: true } });
  assert.equal(await shown(await serve(context, out)), EXPECTED);
});

test('a channel, by Vite', async (context) => {
  const out = await workshop(context);
  await vite.build({ root: project('channel'), configFile: false, logLevel: 'error', build: { outDir: out, emptyOutDir: true } });
  assert.equal(await shown(await serve(context, out)), '1: hello, accepted, closed: closed');
});

test('a channel where a page is rendered', async () => {
  const script = `
    const { Channel } = await import('tautline/channel');
    const channel = new Channel('/channel/news');
    console.log(channel.phase, channel.url, channel.send('waits'));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], { cwd: here });
  assert.equal(stdout, 'idle /channel/news 1\n');
});

test('a service worker, which loads the module itself', async (context) => {
  const out = await workshop(context);
  const folder = project('service-worker');
  await esbuild.build({ entryPoints: ['main.js', 'worker.js'].map((name) => path.join(folder, name)), bundle: true, outdir: out, format: 'esm', logLevel: 'error' });
  await cp(path.join(folder, 'index.html'), path.join(out, 'index.html'));
  await cp(path.join(here, 'node_modules/tautline/tautline.wasm'), path.join(out, 'tautline.wasm'));
  assert.equal(await shown(await serve(context, out)), EXPECTED);
});

test('a plain module script, under a policy that allows wasm and no more', async (context) => {
  const out = await workshop(context);
  await cp(path.join(project('script'), 'index.html'), path.join(out, 'index.html'));
  for (const name of ['page.js', 'echo.js', 'show.js']) await cp(path.join(here, 'shared', name), path.join(out, name));
  await cp(path.join(here, 'node_modules/tautline'), path.join(out, 'tautline'), { recursive: true });
  const { protocol, host } = new URL(ECHO);
  // The hash is that of the import map.
  const { createHash } = await import('node:crypto');
  const { readFile } = await import('node:fs/promises');
  const [, map] = /<script type="importmap">(.*?)<\/script>/s.exec(await readFile(path.join(out, 'index.html'), 'utf8'));
  const hash = createHash('sha256').update(map).digest('base64');
  const policy = `default-src 'none'; script-src 'self' 'sha256-${hash}' 'wasm-unsafe-eval'; connect-src ${protocol}//${host}`;
  assert.equal(await shown(await serve(context, out, { 'content-security-policy': policy })), EXPECTED);
});

test('Next, where it is imported and constructed on the server', { timeout: 240_000 }, async (context) => {
  // Vite, in this process, has set another mode.
  const env = { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1', CI: '1' };
  const folder = project('next');
  await rm(path.join(folder, '.next'), { recursive: true, force: true });
  await program('next', ['build'], { cwd: folder, env });
  const child = spawn(process.execPath, [path.join(here, 'node_modules/next/dist/bin/next'), 'start', '--hostname', '127.0.0.1', '--port', '0'], { cwd: folder, env });
  context.after(() => child.kill());
  const address = await new Promise((done, fail) => {
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
      const found = /http:\/\/(?:127\.0\.0\.1|localhost):\d+/.exec(text);
      if (found && /Ready/.test(text)) done(found[0]);
    });
    child.once('exit', (code) => fail(new Error(`next ended with ${code}: ${text}`)));
  });
  const html = await (await fetch(address)).text();
  assert.equal(/<output>(.*?)<\/output>/.exec(html)?.[1], 'rendered on the server, 0, 3');
  assert.equal(await shown(address), EXPECTED);
});

test('Vitest, with a mock and with a class for Node', async () => {
  const { stdout } = await program('vitest', ['run', '--root', project('vitest')], { env: { ...process.env, TAUTLINE_ECHO: ECHO } });
  assert.match(stdout, globalThis.WebSocket ? /4 passed/ : /3 passed/);
});

