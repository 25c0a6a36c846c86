// Loads the tests that `files.json` names, runs them, and keeps what became of them for the runner.
const { mocha, Mocha } = globalThis;

let tell;
globalThis.finished = new Promise((resolve) => (tell = resolve));
const lines = [];
const strays = [];

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
    runner.on(EVENT_TEST_PASS, (test) => lines.push(`ok      ${test.fullTitle()} (${test.duration} ms)`));
    runner.on(EVENT_TEST_FAIL, (test, error) => lines.push(`not ok  ${test.fullTitle()}\n${error.message}\n${error.stack}`));
  });
  tell({ lines, passes: counts.passes, failures: counts.failures, pending: counts.pending });
} catch (error) {
  tell({ lines: [...lines, String(error?.stack ?? error)], passes: 0, failures: 1, pending: 0 });
}
