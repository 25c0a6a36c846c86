// The package's types: they say what they should, for two compilers, in each way of resolving modules, and the package leads to them.
import assert from 'node:assert/strict';
import path from 'node:path';
import { before, test } from 'node:test';
import { here, install, output } from './harness.mjs';

before(install);

const FILES = [
  // Without `Symbol.asyncDispose`, which not every project has.
  { sources: ['types.ts', 'contract.ts', 'push.ts', 'channel.ts'], target: 'es2022', lib: 'es2022,dom,dom.iterable,dom.asynciterable' },
  { sources: ['dispose.ts'], target: 'es2022', lib: 'es2022,esnext.disposable,dom' },
  { sources: ['oldest.ts'], target: 'es2020', lib: 'es2020,dom' },
];

// The newest, and the one before it, which checkers of frameworks still use.
for (const compiler of ['typescript-7', 'typescript']) {
  for (const [resolution, module] of [
    ['bundler', 'esnext'],
    ['node16', 'node16'],
    ['nodenext', 'nodenext'],
  ]) {
    for (const { sources, target, lib } of FILES) {
      test(`${sources.join(' and ')} by ${compiler}, ${resolution}`, async () => {
        const options = ['--noEmit', '--strict', '--skipLibCheck', 'false', '--typeRoots', 'none', '--target', target, '--lib', lib];
        const files = sources.map((file) => path.join('types', file));
        await output(`${compiler}/bin/tsc`, [...options, '--module', module, '--moduleResolution', resolution, ...files], { cwd: here });
      });
    }
  }
}

test('publint finds nothing', async () => {
  assert.match(await output('publint', ['--strict'], { cwd: path.join(here, 'node_modules/tautline') }), /All good!/);
});

test('“are the types wrong” finds nothing', async () => {
  await output('attw', ['--pack', path.join(here, '../../npm/dist'), '--profile', 'esm-only'], { cwd: here });
});
