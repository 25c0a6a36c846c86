// Loads the tests that `files.json` names, runs them, and keeps what became of them for the runner.
const { mocha, Mocha } = globalThis;

const lines = [];
const strays = [];
let end = null;
let wake = () => {};

function tell(line) {
  lines.push(line);
  wake();
}

/** The runner asks for what is new, again and again: fulfils once there is something. */
globalThis.nextLines = async () => {
  if (lines.length === 0 && end === null) await new Promise((resolve) => (wake = resolve));
  return { lines: lines.splice(0), done: end !== null, ...end };
};

function finish(counts) {
  end = counts;
  wake();
}

// What no test has caught. A test that provokes such a thing claims it: before Mocha, which fails the test for it.
globalThis.claimError = null;
globalThis.addEventListener('error', (event) => {
  if (globalThis.claimError) {
    globalThis.claimError(event);
    event.preventDefault();
    event.stopImmediatePropagation();
  } else strays.push(String(event.message));
});
globalThis.addEventListener('unhandledrejection', (event) => strays.push(`unhandled: ${event.reason}`));

try {
  mocha.setup({ ui: 'bdd', timeout: 45_000, reporter: 'spec', allowUncaught: false, color: false });
  const filter = new URLSearchParams(location.search).get('filter');
  if (filter) mocha.fgrep(filter);
  afterEach(function () {
    const left = strays.splice(0);
    if (left.length > 0) throw new Error(`nobody has caught: ${left.join('; ')}`);
  });
  const files = await (await fetch('files.json')).json();
  for (const file of files) await import(`./${file}`);
  const counts = await new Promise((resolve) => {
    const runner = mocha.run(() => resolve(runner.stats));
    const { EVENT_TEST_PASS, EVENT_TEST_FAIL } = Mocha.Runner.constants;
    runner.on(EVENT_TEST_PASS, (test) => tell(`ok      ${test.fullTitle()} (${test.duration} ms)`));
    runner.on(EVENT_TEST_FAIL, (test, error) => tell(`not ok  ${test.fullTitle()}\n${error.message}\n${error.stack}`));
  });
  finish({ passes: counts.passes, failures: counts.failures, pending: counts.pending });
} catch (error) {
  tell(String(error?.stack ?? error));
  finish({ passes: 0, failures: 1, pending: 0 });
}
