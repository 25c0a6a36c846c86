// Makes the scripts that put our class in the place of the browser's: plain and with the machine.
//
// node bundle.mjs GLUE.js MACHINE.wasm OUT
import path from 'node:path';
import { createRequire } from 'node:module';
import { machine } from '../../npm/machine.mjs';

const { build } = createRequire(new URL('../../npm/', import.meta.url))('esbuild');
const [glue, wasm, out] = process.argv.slice(2);

for (const managed of [false, true]) {
  await build({
    entryPoints: [path.join(import.meta.dirname, 'class.js')],
    bundle: true,
    format: 'iife',
    minify: true,
    target: 'es2022',
    define: { MANAGED: String(managed) },
    plugins: [machine(glue, wasm)],
    outfile: path.join(out, `class-${managed ? 'managed' : 'plain'}.js`),
    logLevel: 'warning',
  });
}
