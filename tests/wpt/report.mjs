// What the results say: a table, and what a class fails that the browser's own passes.

const HARNESS = ['ok', 'error', 'timeout', 'precondition failed'];
const STATUS = ['pass', 'fail', 'timeout', 'not run', 'precondition failed'];
const PASS = 0;

/** How many subtests of some pages there are, and passed. */
export function count(results, tests) {
  const all = tests.flatMap(({ path }) => results.get(path).tests);
  return { passed: all.filter(({ status }) => status === PASS).length, all: all.length };
}

/** The subtests that `reference` passes and `results` does not, one line each. */
export function lost(tests, reference, results) {
  return tests.flatMap(({ path }) => {
    const own = results.get(path);
    const known = reference.get(path);
    const line = (name, what) => `${path}: ${name}: ${what}`.replace(/\s+/g, ' ');
    const found = [];
    if (known.status === PASS && own.status !== PASS) found.push(line('the page', `${HARNESS[own.status]}: ${own.message}`));
    const mine = new Map(own.tests.map((test) => [test.name, test]));
    for (const { name, status } of known.tests) {
      const here = mine.get(name);
      if (status !== PASS || here?.status === PASS) continue;
      found.push(line(name, here === undefined ? 'missing' : `${STATUS[here.status]}: ${here.message}`));
    }
    return found;
  });
}

/** One row for each file, with all its variants; then the sums in windows, in workers, and of all. */
export function table(tests, judged) {
  const names = [...judged.keys()];
  const cells = (some) =>
    names.map((name) => {
      const { passed, all } = count(judged.get(name), some);
      return `${passed}/${all}`;
    });
  const files = [...new Set(tests.map(({ file }) => file))];
  const rows = files.map((file) => [file, ...cells(tests.filter((test) => test.file === file))]);
  const sums = [
    ['in windows', tests.filter(({ worker }) => !worker)],
    ['in workers', tests.filter(({ worker }) => worker)],
    ['all', tests],
  ];
  for (const [name, some] of sums) rows.push([`${name}: ${some.length} pages`, ...cells(some)]);
  rows.unshift(['file', ...names]);
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) => row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]) : cell.padStart(widths[at]))).join('  ')).join('\n');
}
