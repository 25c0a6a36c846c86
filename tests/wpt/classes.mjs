// The classes that can take the place of the browser's, as scripts to be run before those of a page or a worker.
import { access } from 'node:fs/promises';
import path from 'node:path';
import { createRequire } from 'node:module';
import { options } from '../../npm/machine.mjs';

const { build } = createRequire(new URL('../../npm/', import.meta.url))('esbuild');
const MANAGED = '-managed';

/**
 * The script of a class, or nothing for `native`. `name` is that of a file in classes/, for ours with or without `-managed`, or the
 * path of a module that puts a class in `globalThis.WebSocket`. `generated` is the folder of the machine, `packages` the one that
 * has other packages.
 */
export async function scriptOf(name, { generated, packages }) {
  if (name === 'native') return undefined;
  const managed = name === `tautline${MANAGED}`;
  const file = path.join(import.meta.dirname, 'classes', `${managed ? 'tautline' : name}.js`);
  const known = await access(file).then(() => true, () => false);
  const built = await build({
    ...options(path.join(generated, 'names.json'), path.join(generated, 'machine.wasm')),
    entryPoints: [known ? file : path.resolve(name)],
    write: false,
    format: 'iife',
    define: { MANAGED: String(managed) },
    nodePaths: [packages],
  });
  return built.outputFiles[0].text;
}

/** How a class is called in tables and in the names of files. */
export const labelOf = (name) => path.basename(name, path.extname(name));
