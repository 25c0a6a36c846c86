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

// What no test has caught fails the run, whenever it comes, and the tests after it run nevertheless: Mocha would end there, and does not
// look at rejections at all. A test that provokes such a thing claims it.
let current = 'before the first test';
let uncaught = 0;
let allTold = () => {};
const last = Symbol('the last rejection');
globalThis.claimError = null;
for (const type of ['error', 'unhandledrejection']) {
  globalThis.addEventListener(type, (event) => {
    event.stopImmediatePropagation();
    if (event.reason === last) {
      event.preventDefault();
      allTold();
    } else if (globalThis.claimError) {
      globalThis.claimError(event);
      event.preventDefault();
    } else {
      uncaught += 1;
      const error = event.error ?? event.reason ?? event.message;
      tell(`not ok  ${current}: nobody has caught ${type}: ${error}\n${error?.stack ?? ''}`);
    }
  });
}

/** Fulfils when what the last test has left behind is told: rejections are told in their order, so one of our own ends them. */
async function settled() {
  await new Promise((resolve) => setTimeout(resolve, 0));
  const told = new Promise((resolve) => (allTold = resolve));
  Promise.reject(last);
  await told;
}

async function load(file) {
  try {
    await import(`./${file}`);
  } catch (error) {
    throw new Error(`${file} can’t be loaded: ${error}\n${error?.stack ?? ''}`);
  }
}

function run() {
  return new Promise((resolve) => {
    const runner = mocha.run(() => resolve(runner.stats));
    const { EVENT_TEST_BEGIN, EVENT_TEST_PASS, EVENT_TEST_FAIL, EVENT_TEST_PENDING } = Mocha.Runner.constants;
    runner.on(EVENT_TEST_BEGIN, (test) => (current = test.fullTitle()));
    runner.on(EVENT_TEST_PASS, (test) => tell(`ok      ${test.fullTitle()} (${test.duration} ms)`));
    runner.on(EVENT_TEST_FAIL, (test, error) => tell(`not ok  ${test.fullTitle()}\n${error.message}\n${error.stack}`));
    runner.on(EVENT_TEST_PENDING, (test) => tell(`left out ${test.fullTitle()}`));
  });
}

try {
  // A forgotten `.only` would leave out the others in silence.
  mocha.setup({ ui: 'bdd', timeout: 45_000, reporter: 'spec', forbidOnly: true, color: false });
  const filter = new URLSearchParams(location.search).get('filter');
  if (filter) mocha.fgrep(filter);
  for (const file of await (await fetch('files.json')).json()) await load(file);
  const { passes, failures, pending } = await run();
  await settled();
  finish({ passes, failures: failures + uncaught, pending });
} catch (error) {
  tell(`not ok  ${error?.message ?? error}`);
  finish({ passes: 0, failures: 1 + uncaught, pending: 0 });
}
