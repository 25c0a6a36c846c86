// How the package's JavaScript is built: the machine's bytes in the place of the name that stands for them, and short names for what nobody
// outside sees, as the module has them.
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { deflate } from '@gfx/zopfli';
import { INTERNAL } from './internal.mjs';

/**
 * Options of esbuild's, for whatever imports `js/`. `names` is the file in which wasm-opt has written how it has renamed what; `internal` are the
 * other names to make short.
 */
export function options(names, wasm, internal = INTERNAL) {
  const short = shortened(JSON.parse(readFileSync(names, 'utf8')));
  return {
    bundle: true,
    minify: true,
    target: 'es2022',
    mangleProps: new RegExp(`^(?:${[...internal, ...Object.keys(short)].join('|')})$`),
    mangleCache: short,
    plugins: [machine(wasm)],
    logLevel: 'warning',
  };
}

/** From the module's names as wasm-bindgen makes them, without the hash at the end of an import's, to what they are now. */
function shortened({ imports, exports }) {
  const short = { machine_bg: 'a' };
  for (const [, name, now] of imports) short[name.replace(/_[0-9a-f]{16}$/, '')] = now;
  for (const [name, now] of exports) short[name] = now;
  return short;
}

/** A plugin of esbuild's. */
function machine(wasm) {
  return {
    name: 'machine',
    setup(esbuild) {
      esbuild.onResolve({ filter: /^#wasm\/bytes$/ }, () => ({ path: path.resolve(wasm), namespace: 'bytes' }));
      // Compressed, since base64 can't be compressed any more: it would be a third larger, also after gzip.
      esbuild.onLoad({ filter: /.*/, namespace: 'bytes' }, async ({ path: file }) => {
        const packed = await compressed(await readFile(file));
        return { contents: `export default ${JSON.stringify(Buffer.from(packed).toString('base64'))}` };
      });
    },
  };
}

function compressed(bytes) {
  return new Promise((resolve, reject) => {
    deflate(bytes, { numiterations: 15 }, (error, packed) => (error ? reject(error) : resolve(packed)));
  });
}
