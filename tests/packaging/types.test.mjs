// The package's types: they say what they should, in both ways of resolving modules, and the package leads to them.
import assert from 'node:assert/strict';
import path from 'node:path';
import { before, test } from 'node:test';
import { here, install, program } from './harness.mjs';

before(install);

/** Fulfils with what a program prints; throws that if it fails. */
async function output(...command) {
  try {
    const { stdout } = await program(...command);
    return stdout;
  } catch (error) {
    throw new Error(`${error.stdout}\n${error.stderr}`);
  }
}

for (const [resolution, module] of [
  ['bundler', 'esnext'],
  ['nodenext', 'nodenext'],
]) {
  for (const [file, lib] of [
    // Without `Symbol.asyncDispose`, which not every project has.
    ['types.ts', 'es2022,dom,dom.iterable,dom.asynciterable'],
    ['dispose.ts', 'es2022,esnext.disposable,dom'],
  ]) {
    test(`${file} by ${resolution}`, async () => {
      const options = ['--noEmit', '--strict', '--skipLibCheck', 'false', '--target', 'es2022', '--types', '', '--lib', lib];
      await output('tsc', [...options, '--module', module, '--moduleResolution', resolution, path.join('types', file)], { cwd: here });
    });
  }
}

test('publint finds nothing', async () => {
  assert.match(await output('publint', ['--strict'], { cwd: path.join(here, 'node_modules/tautline') }), /All good!/);
});

test('“are the types wrong” finds nothing', async () => {
  await output('attw', ['--pack', path.join(here, '../../npm/dist'), '--profile', 'esm-only'], { cwd: here });
});
