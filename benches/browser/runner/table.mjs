// What was measured, as tables.
import { median, ratios } from './statistics.mjs';

const CLOCKS = [
  ['script', 'Script time for each message, as a ratio to plain JavaScript in the same round: median (lowest to highest)'],
  ['cpu', "The main thread's CPU time for each message, connection or round trip, likewise"],
];

function table(head, lines) {
  const row = (cells) => `| ${cells.join(' | ')} |`;
  return [row(head), row(head.map(() => '---')), ...lines.map(row)].join('\n');
}

const spread = ({ median: middle, low, high }) => `${middle.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;

/** All tables, in Markdown. */
export function report({ product, rounds, messages, jobs, rows, memory, of }) {
  const [plain] = rows;
  const parts = [`${product}, ${rounds} rounds of ${messages} messages.`];
  for (const [what, title] of CLOCKS) {
    const lines = rows.filter((row) => jobs.some((job) => of(row, job, what))).map((row) => [
      row.label,
      ...jobs.map((job) => {
        const values = of(row, job, what);
        if (!values) return '';
        if (row === plain) return `${median(values).toFixed(2)} µs`;
        return spread(ratios(values, of(plain, job, what)));
      }),
    ]);
    parts.push(`${title}.`, table(['', ...jobs.map(({ id, label }) => `${id}: ${label}`)], lines));
  }
  const laps = jobs.find((job) => job.laps);
  if (laps) {
    const lines = rows
      .filter((row) => of(row, laps, 'p50'))
      .map((row) => [
        row.label,
        ...['p50', 'p99'].map((what) => `${median(of(row, laps, what)).toFixed(0)} µs`),
        ...['p50', 'p99'].map((what) => spread(ratios(of(row, laps, what), of(plain, laps, what)))),
      ]);
    const head = ['', 'p50', 'p99', 'p50, ratio', 'p99, ratio'];
    parts.push('Round trips of wall time: median of the rounds, and as ratios to plain JavaScript.', table(head, lines));
  }
  if (memory.size > 0) parts.push('What stays after garbage collection, in bytes and listeners.', memoryTable(rows, memory));
  return `${parts.join('\n\n')}\n`;
}

function memoryTable(rows, memory) {
  const head = ['', 'heap, a message', 'wasm, a message', 'heap, a connection', 'wasm, a connection', 'listeners, a connection'];
  const lines = rows
    .filter((row) => memory.has(row.id))
    .map((row) => {
      const { message, connection } = memory.get(row.id);
      const cells = [message.heap, message.wasm, connection.heap, connection.wasm, connection.listeners];
      return [row.label, ...cells.map((value) => value.toFixed(1))];
    });
  return table(head, lines);
}
