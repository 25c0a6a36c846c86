// The browser benchmark: each client in a fresh page of one Chromium, in interleaved rounds. `cargo xtask bench` builds all and calls this.
//
// node run.mjs [--rounds N] [--messages N] [--jobs A,B] [--rows plain,npm] [--no-memory] [--out FOLDER]
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { scriptClock, threadClock } from './clocks.mjs';
import { Page, launch } from './devtools.mjs';
import { JOBS, countOf } from './jobs.mjs';
import { memoryOf } from './memory.mjs';
import { ROWS, isChannel, isOnlyAboutReceiving } from './rows.mjs';
import { quantile, sorted } from './statistics.mjs';
import { report } from './table.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    messages: { type: 'string', default: '20000' },
    jobs: { type: 'string', default: '' },
    rows: { type: 'string', default: '' },
    'no-memory': { type: 'boolean', default: false },
    out: { type: 'string', default: '.' },
  },
});
const rounds = number('rounds');
const messages = number('messages');
const jobs = chosen(JOBS, options.jobs);
// The measure and its noise are always there.
const rows = ROWS.filter(({ id }, at) => at < 2 || !options.rows || options.rows.split(',').some((name) => id.startsWith(name)));
const [chromium, server] = [required('CHROMIUM'), required('TAUTLINE_URL')];
const url = `${server}/index.html?isolated`;

function number(name) {
  const value = Number(options[name]);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} takes a whole number from 1, not ${options[name]}`);
  return value;
}

function chosen(all, names) {
  if (!names) return all;
  return names.split(',').map((name) => {
    const one = all.find(({ id }) => id === name);
    if (!one) throw new Error(`there is no ${name}; there are ${all.map(({ id }) => id).join(', ')}`);
    return one;
  });
}

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`set ${name}; “cargo xtask bench” does`);
  return value;
}

const loading = ({ kind, name, way }) => `load(${[kind, name, way].map((word) => JSON.stringify(word)).join(', ')})`;

/** One job of one client in a fresh page: microseconds for each message, and what it answered. */
async function measure(browser, row, job, clockOf) {
  const page = await Page.open(browser, url);
  try {
    await page.evaluate(loading(row));
    await page.evaluate(job.run(job.warm));
    await page.collectGarbage();
    const clock = await clockOf(page);
    const count = countOf(job, messages);
    const start = await clock();
    const answer = await page.evaluate(job.run(count));
    return { each: ((await clock()) - start) / count, answer };
  } finally {
    await page.close();
  }
}

const isWanted = (row, job) => job.receives || !isOnlyAboutReceiving(row);
const results = new Map();
const key = (row, job, what) => `${row.id} ${job.id} ${what}`;
function note(row, job, what, value) {
  const name = key(row, job, what);
  results.set(name, [...(results.get(name) ?? []), value]);
}

const sums = new Map();
/** Every client must have seen the same: who skips messages is not fast. */
function check(row, job, answer) {
  if (!job.receives || row.way.endsWith('/lazy')) return;
  const messages = `${job.id} ${isChannel(row)}`;
  const expected = sums.get(messages) ?? answer;
  sums.set(messages, expected);
  if (row.kind === 'rust' && job.id === 'A8') return;
  if (answer !== expected) throw new Error(`${row.label} has seen ${answer} in ${job.id}, and not ${expected}`);
}

const browser = await launch(chromium);
const memory = new Map();
try {
  const { product } = await browser.call('Browser.getVersion');
  for (let round = 0; round < rounds; round += 1) {
    for (const job of jobs) {
      for (const row of rows.filter((row) => isWanted(row, job))) {
        const script = await measure(browser, row, job, scriptClock);
        check(row, job, script.answer);
        note(row, job, 'script', script.each);
        const thread = await measure(browser, row, job, (page) => threadClock(browser, page));
        note(row, job, 'cpu', thread.each);
        if (job.laps) {
          for (const q of [0.5, 0.99]) note(row, job, `p${q * 100}`, quantile(sorted(thread.answer), q) * 1000);
        }
      }
      console.error(`round ${round + 1} of ${rounds}: ${job.id} done`);
    }
  }
  if (!options['no-memory']) {
    for (const row of rows.filter((row, at) => at !== 1 && !isOnlyAboutReceiving(row))) {
      memory.set(row.id, await memoryOf(browser, url, loading(row)));
    }
  }
  const found = { product, rounds, messages, jobs, rows, memory, of: (row, job, what) => results.get(key(row, job, what)) };
  const text = report(found);
  console.log(text);
  await mkdir(options.out, { recursive: true });
  await writeFile(path.join(options.out, 'browser.md'), text);
  await writeFile(path.join(options.out, 'browser.json'), JSON.stringify(Object.fromEntries(results), null, 1));
} finally {
  await browser.close();
}
