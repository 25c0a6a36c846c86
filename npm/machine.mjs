// How the package's JavaScript is built: wasm-bindgen's glue and the machine's bytes in the place of the names that stand for them, and
// short names for what nobody outside sees.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { deflate } from '@gfx/zopfli';
import { INTERNAL } from './internal.mjs';

/** Options of esbuild's, for whatever imports `js/`. */
export function options(glue, wasm) {
  return {
    bundle: true,
    minify: true,
    target: 'es2022',
    mangleProps: new RegExp(`^(?:${INTERNAL.join('|')})$`),
    plugins: [machine(glue, wasm)],
    logLevel: 'warning',
  };
}

/** A plugin of esbuild's. */
function machine(glue, wasm) {
  return {
    name: 'machine',
    setup(esbuild) {
      esbuild.onResolve({ filter: /^#wasm\/glue$/ }, () => ({ path: path.resolve(glue), namespace: 'glue', sideEffects: false }));
      esbuild.onResolve({ filter: /^#wasm\/bytes$/ }, () => ({ path: path.resolve(wasm), namespace: 'bytes' }));
      // Our own way from a source to an instance is shorter than the glue's, which then falls away: nothing imports it.
      esbuild.onLoad({ filter: /.*/, namespace: 'glue' }, async ({ path: file }) => ({
        contents: `${await readFile(file, 'utf8')}\nexport { __wbg_get_imports as imports, __wbg_finalize_init as start };\n`,
        resolveDir: path.dirname(file),
      }));
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
