// Runs the parts of the torture, and writes what they found into docs/reliability.md.
//
// node run.mjs [--short] [--seed N] [--minutes N] [--engine NAME]… [PART…]
//
// A part is a module of parts/: `title`, `run(context)`, which fulfils with its section of the report in Markdown, and `isLong` if a short run
// leaves it out. `cargo xtask torture` builds what it takes, and says in the environment where it is.
import { mkdir, readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Browsers } from './browsers.mjs';
import { Report } from './report.mjs';

/** In the order of the report. */
const PARTS = (await readFile(path.join(import.meta.dirname, 'parts/order.txt'), 'utf8')).split('\n').filter(Boolean);
const ENGINES = ['chrome', 'firefox', 'webkit'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    short: { type: 'boolean', default: false },
    seed: { type: 'string' },
    minutes: { type: 'string' },
    engine: { type: 'string', multiple: true, default: ENGINES },
  },
});
const unknown = [
  ...positionals.filter((part) => !PARTS.includes(part)).map((part) => `there is no part ${part}; there are ${PARTS.join(', ')}`),
  ...values.engine.filter((name) => !ENGINES.includes(name)).map((name) => `there is no engine ${name}; there are ${ENGINES.join(', ')}`),
];
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(values.seed);
if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) unknown.push(`the seed ${values.seed} is not a whole number below 4294967296`);
const minutes = values.minutes === undefined ? (values.short ? 1 : 5) : Number(values.minutes);
if (!(minutes > 0 && minutes <= 240)) unknown.push(`--minutes ${values.minutes}: it takes a number up to 240`);
if (unknown.length > 0) {
  console.error(unknown.join('\n'));
  process.exit(2);
}
const wanted = PARTS.filter((part) => positionals.length === 0 || positionals.includes(part));

const { TAUTLINE_URL: server, TAUTLINE_SERVER: program, TAUTLINE_PYTHON: python, CHROMIUM: chromium, TAUTLINE_WORK: work, TAUTLINE_REPORT: file } = process.env;
const drivers = { chrome: process.env.CHROME_DRIVER, firefox: process.env.FIREFOX_DRIVER, webkit: process.env.WEBKIT_DRIVER };
await mkdir(work, { recursive: true });
const known = (await readdir(path.join(import.meta.dirname, 'parts'))).filter((name) => name.endsWith('.mjs')).map((name) => name.slice(0, -4));
const stray = known.filter((name) => !PARTS.includes(name));
if (stray.length > 0) throw new Error(`parts/order.txt does not name ${stray.join(', ')}`);

const browsers = new Browsers(server, drivers);
const report = new Report(file);
const counts = { pass: 0, fail: 0 };

/** What a part is given. */
function contextOf(part) {
  return {
    short: values.short,
    seed,
    /** How long the soak lasts. */
    minutes,
    engines: values.engine,
    /** The server's address, as `http://HOST:PORT`; its program; Python's, with other servers; Chromium's; a folder for files that need not stay. */
    server,
    program,
    python,
    chromium,
    work,
    /** Runs `page/JOB.js` in a browser: its `run(args)`, whose value is fulfilled. */
    inBrowser: (engine, job, args, limit) => browsers.run(engine, job, args, limit),
    /** Browsers of the part's own, which it has to close. */
    browsersWith: (options) => new Browsers(server, drivers, options),
    versionOf: (engine) => browsers.versionOf(engine),
    note: (line) => console.log(`        ${line}`),
    /** One thing that has to be so. */
    check(what, isSo, why = '') {
      counts[isSo ? 'pass' : 'fail'] += 1;
      console.log(`${isSo ? 'ok     ' : 'not ok '} ${part}: ${what}${isSo || !why ? '' : `: ${why}`}`);
      return isSo;
    },
  };
}

console.log(`torture: ${wanted.join(', ')}${values.short ? ', in short' : ''}; --seed ${seed}`);
for (const part of wanted) {
  const start = Date.now();
  const context = contextOf(part);
  console.log(`\n-- ${part}`);
  try {
    const { title, run, isLong = false } = await import(`./parts/${part}.mjs`);
    if (values.short && isLong && positionals.length === 0) {
      context.note('left out of a short run');
      continue;
    }
    const before = { ...counts };
    const text = await run(context);
    if (counts.pass + counts.fail === before.pass + before.fail) context.check('checks something', false);
    const seconds = Math.round((Date.now() - start) / 1000);
    const command = `cargo xtask torture ${part} --seed ${seed}${values.minutes ? ` --minutes ${minutes}` : ''}`;
    report.set(part, { title, text, command, seconds, failed: counts.fail - before.fail });
  } catch (error) {
    context.check('runs to its end', false, error.stack ?? String(error));
  }
  console.log(`        ${Math.round((Date.now() - start) / 1000)} s`);
}
await browsers.close();
if (!values.short) await report.write(PARTS);
console.log(`# pass ${counts.pass}`);
console.log(`# fail ${counts.fail}`);
process.exitCode = counts.pass > 0 && counts.fail === 0 ? 0 : 1;
