// What every test that drives Chromium by Playwright shares. Playwright is handed in: each folder of tests has its own packages.

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The value of an environment variable that xtask sets. */
export function required(name, suite) {
  const value = process.env[name];
  if (!value) throw new Error(`set ${name}; “cargo xtask test ${suite}” does`);
  return value;
}

/** Starts the browser that CHROMIUM names. */
export function launch(chromium, suite, flags = []) {
  return chromium.launch({ executablePath: required('CHROMIUM', suite), args: [...FLAGS, ...flags] });
}

/** Gathers what a page says: `problems` must never happen, `errors` are what its console says of failures, wanted ones too. */
export function listen(page) {
  const problems = [];
  const errors = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) problems.push(message.text());
    else if (message.type() === 'error') errors.push(`${message.text()} (${message.location().url})`);
  });
  return { problems, errors };
}
