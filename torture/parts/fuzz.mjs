// Every target of cargo-fuzz, over its committed corpus.
import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { table } from '../report.mjs';

export const title = 'Fuzzing';

/** What a target is fed with, and who checks what comes of it. */
const ABOUT = {
  machine: 'the reconnecting core: bytes are operations of application, browser, server and clock; the world of its property tests checks what always holds',
  channel_machine: 'the channel’s core, client’s side, in the same way, with faults of the network, transports that are blocked, a history that is lost',
  channel_server: 'the channel, server’s side: bytes are requests; each is answered, what is accepted comes once and in order',
  channel_wire: 'frames, hello and records, both ways: an error, or written back byte by byte',
  json: 'the codec: an error, or a value that is written and read again as it was',
  msgpack: 'the codec, in the same way',
  values: 'URLs to be shown, close reasons and codes: no secret is shown, nothing is longer than its bound',
};

const ROOT = path.join(import.meta.dirname, '../..');
/** How many run at once. */
const AT_ONCE = 2;

/** Runs one target; fulfils with what libFuzzer says of it. */
function fuzz(target, seconds) {
  return new Promise((resolve, reject) => {
    const child = spawn('cargo', ['xtask', 'fuzz', target, '--seconds', String(seconds)], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    let all = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (all += text));
    child.once('error', reject);
    child.once('close', (code) => {
      const number = (name) => Number(new RegExp(`stat::${name}:\\s+(\\d+)`).exec(all)?.[1]);
      const last = all.split('\n').filter((line) => /panicked|SUMMARY|Test unit written|^error/.test(line));
      resolve({ target, code, runs: number('number_of_executed_units'), memory: number('peak_rss_mb'), last: last.join(' ') });
    });
  });
}

export async function run({ short, check, note }) {
  const files = await readdir(path.join(ROOT, 'fuzz/fuzz_targets'));
  const targets = files.filter((file) => file.endsWith('.rs')).map((file) => file.slice(0, -3));
  for (const target of targets) check(`${target} is described`, target in ABOUT);
  const seconds = short ? 5 : 300;
  const done = [];
  // The first builds for all; then each core has one.
  const rest = [...targets];
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (rest.length > 0) {
        const found = await fuzz(rest.shift(), seconds);
        check(`${found.target} finds nothing in ${seconds} s`, found.code === 0 && found.runs > 0, found.last);
        note(`${found.target}: ${found.runs} runs, ${found.memory} MB`);
        done.push(found);
      }
    }),
  );
  // In the order in which they are described.
  const names = Object.keys(ABOUT);
  targets.sort((one, other) => names.indexOf(one) - names.indexOf(other));
  const corpora = await Promise.all(targets.map(async (target) => (await readdir(path.join(ROOT, 'fuzz/corpus', target))).length));
  const rows = targets.map((target, at) => {
    const { runs, code } = done.find((found) => found.target === target);
    return [`\`${target}\``, ABOUT[target], corpora[at], runs.toLocaleString('en'), code === 0 ? 'nothing' : 'a failure'];
  });
  return [
    `${seconds} s each, ${AT_ONCE} at once, beginning with the committed corpus; \`cargo xtask fuzz TARGET --seconds N\` is one of them.`,
    table(['target', 'what it is', 'corpus', 'runs', 'found'], rows),
    'What is JavaScript (the event stream’s parser, frames and records) is tried with fast-check in all three engines: `tests/js/push-parser.test.js`, `push-frames.test.js`.',
  ].join('\n\n');
}
