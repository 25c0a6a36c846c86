// Runs the Web Platform Tests of WebSocket in Chromium, against the browser's own class and against others in its place.
//
// node run.mjs --tests FOLDER --out FOLDER --generated FOLDER [--packages FOLDER] [--only TEXT]... [--verbose] --class NAME...
//
// The tests are those of the folder `websockets/` of a copy of WPT; without `--only`, a part of a test's path, all but those of another
// interface, WebSocketStream. classes.mjs says what a NAME is. The browser's own class is always run, and what the others are held
// against. CHROMIUM is the browser's executable. The exit code is 1 where a class fails what the browser's own passes.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { labelOf, scriptOf } from './classes.mjs';
import { judge } from './judge.mjs';
import { count, lost, table } from './report.mjs';
import { startServers } from './servers.mjs';
import { listTests } from './tests.mjs';

const NATIVE = 'native';
const { values: options } = parseArgs({
  options: {
    tests: { type: 'string' },
    out: { type: 'string' },
    generated: { type: 'string', default: '.' },
    packages: { type: 'string', default: '.' },
    class: { type: 'string', multiple: true, default: [] },
    only: { type: 'string', multiple: true },
    verbose: { type: 'boolean', default: false },
  },
});

const root = path.resolve(options.tests);
const out = path.resolve(options.out);
await mkdir(out, { recursive: true });
const wanted = ({ path: name }) => options.only?.some((text) => name.includes(text)) ?? !name.startsWith('websockets/stream/');
const tests = (await listTests(root, 'websockets')).filter(wanted);
const classes = [...new Set([NATIVE, ...options.class])];
const scripts = new Map();
for (const name of classes) scripts.set(name, await scriptOf(name, options));

const servers = await startServers(root, out);
const stopAndExit = () => servers.stop().finally(() => process.exit(130));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stopAndExit);
const judged = new Map();
try {
  for (const name of classes) {
    const start = performance.now();
    await servers.setInWorkers(scripts.get(name));
    const results = await judge(tests, servers.addresses, scripts.get(name), (test, result, seconds) => {
      const { passed, all } = count(new Map([[test.path, result]]), [test]);
      if (options.verbose) console.log(`${labelOf(name)}: ${test.path}: ${passed}/${all} ${result.message ?? ''} (${seconds.toFixed(1)} s)`);
    });
    judged.set(labelOf(name), results);
    await writeFile(path.join(out, `${labelOf(name)}.json`), JSON.stringify(Object.fromEntries(results), null, 1));
    const { passed, all } = count(results, tests);
    console.log(`${labelOf(name)}: ${passed} of ${all} subtests pass (${((performance.now() - start) / 1000).toFixed(0)} s)`);
  }
} finally {
  await servers.stop();
}

console.log(`\n${table(tests, judged)}`);
const summary = {};
for (const [name, results] of judged) {
  const lines = lost(tests, judged.get(NATIVE), results);
  summary[name] = { ...count(results, tests), lost: lines };
  if (name === NATIVE) continue;
  console.log(`\n${name}: ${lines.length} that the browser's own passes and it does not`);
  for (const line of lines) console.log(`  ${line}`);
  if (lines.length > 0) process.exitCode = 1;
}
await writeFile(path.join(out, 'summary.json'), JSON.stringify(summary, null, 1));
