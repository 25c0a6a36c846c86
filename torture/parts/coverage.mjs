// How much of the native code the native tests run.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { table } from '../report.mjs';

export const title = 'Coverage of native code';
/** It compiles everything anew: CI leaves it out. */
export const isLong = true;

const ROOT = path.join(import.meta.dirname, '../..');

/** What runs natively, and how much of its lines must. */
const ROOMS = [
  ['src/machine/', 'the reconnecting core', 90],
  ['src/channel/machine/', 'the channel’s core', 85],
  ['src/channel/wire/', 'the channel’s wire', 90],
  ['src/codec/json.rs', 'JSON', 90],
  ['src/codec/msgpack.rs', 'MessagePack', 90],
  ['src/', 'values, queue: files right in `src/`', 80],
  ['server/src/', 'the server', 90],
  ['benches/storm/src/', 'the simulation of the storm', 80],
];

/** Which room a file is of: the files in `src/` itself are one. */
const roomOf = (file) => ROOMS.find(([folder]) => (folder === 'src/' ? /^src\/[^/]+$/.test(file) : file.startsWith(folder)))?.[0];

export async function run({ check, work }) {
  const child = spawn('cargo', ['xtask', 'coverage'], { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = await once(child, 'close');
  check('the instrumented tests pass', code === 0, `cargo xtask coverage ended with ${code}`);
  const { files } = JSON.parse(await readFile(path.join(work, '../coverage/tarpaulin-report.json'), 'utf8'));
  const sums = new Map(ROOMS.map(([folder]) => [folder, { covered: 0, coverable: 0 }]));
  const browser = { covered: 0, coverable: 0 };
  for (const { path: segments, covered, coverable } of files) {
    const file = path.relative(ROOT, segments.join('/').replace(/^\/+/, '/'));
    const sum = sums.get(roomOf(file)) ?? (/^src\//.test(file) ? browser : undefined);
    if (!sum) continue;
    sum.covered += covered;
    sum.coverable += coverable;
  }
  const percent = ({ covered, coverable }) => (100 * covered) / coverable;
  const rows = ROOMS.map(([folder, name, least]) => {
    const sum = sums.get(folder);
    check(`${folder} is covered to ${least} %`, percent(sum) >= least, `${sum.covered} of ${sum.coverable} lines`);
    return [name, `\`${folder}\``, sum.coverable, `${percent(sum).toFixed(1)} %`];
  });
  return [
    'Lines that the native tests run, by LLVM’s instrumentation. What talks to a browser is not native code: the browser tests run it.',
    table(['what', 'where', 'lines', 'covered'], rows),
    `The rest of \`src/\`, which compiles natively and runs in browsers: ${browser.coverable} lines, ${percent(browser).toFixed(1)} % of them run natively too.`,
  ].join('\n\n');
}
