// Bundles the page: node build.mjs TAUTLINE_DIST OUT
import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';

const [dist, out] = process.argv.slice(2);
const page = path.join(import.meta.dirname, 'page');
await build({
  entryPoints: [path.join(page, 'page.js')],
  outdir: out,
  bundle: true,
  splitting: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  alias: { tautline: path.join(dist, 'index.js'), 'tautline/channel': path.join(dist, 'channel.js') },
  logLevel: 'warning',
});
await copyFile(path.join(page, 'index.html'), path.join(out, 'index.html'));
