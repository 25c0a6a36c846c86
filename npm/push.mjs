// Makes `src/transport/push.js` of the files in `src/transport/push/`: wasm-bindgen copies a file of a crate's as it is, and each import would
// be another request. `--check`: whether it is up to date.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const at = (file) => fileURLToPath(new URL(`../src/transport/${file}`, import.meta.url));

const { outputFiles } = await build({
  entryPoints: [at('push/open.js')],
  bundle: true,
  write: false,
  minify: true,
  format: 'esm',
  target: 'es2022',
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'warning',
  banner: { js: '// Made by `cargo xtask build` of the files in push/, for the crate: do not edit.' },
});
const [{ text }] = outputFiles;
if (process.argv.includes('--check')) {
  if ((await readFile(at('push.js'), 'utf8')) !== text) {
    console.error('src/transport/push.js is not what src/transport/push/ makes: run `cargo xtask build`');
    process.exit(1);
  }
} else {
  await writeFile(at('push.js'), text);
}
