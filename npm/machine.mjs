// Puts wasm-bindgen's glue, and the machine's bytes, in the place of the names that stand for them.
import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** A plugin of esbuild's. */
export function machine(glue, wasm) {
  return {
    name: 'machine',
    setup(esbuild) {
      esbuild.onResolve({ filter: /^#wasm\/glue$/ }, () => ({ path: path.resolve(glue), sideEffects: false }));
      esbuild.onResolve({ filter: /^#wasm\/bytes$/ }, () => ({ path: path.resolve(wasm), namespace: 'bytes' }));
      esbuild.onLoad({ filter: /.*/, namespace: 'bytes' }, async ({ path: file }) => {
        const bytes = await readFile(file);
        return { contents: `export default ${JSON.stringify(bytes.toString('base64'))}` };
      });
    },
  };
}
