// The server's side of the lab, over plain HTTP. server/src/lab says what it answers.

const CLOCK_SAMPLES = 12;

/** Lanes listen on the loopback address alone; `localhost` may mean another one. */
function hostOf(page) {
  return ['localhost', '[::1]'].includes(page.hostname) ? '127.0.0.1' : page.hostname;
}

async function ask(path, method = 'GET') {
  const answer = await fetch(path, { method, cache: 'no-store' });
  if (!answer.ok) throw new Error(`${answer.status}: ${(await answer.text()).trim()}`);
  return answer.status === 204 ? null : answer.json();
}

const query = (params) => (Object.keys(params).length === 0 ? '' : `?${new URLSearchParams(params)}`);

/** One run of the lab. */
export class Run {
  #ports;
  #channel;

  /** `params` are those of `POST /lab`. */
  static async start(params) {
    return new Run(await ask(`/lab${query(params)}`, 'POST'));
  }

  constructor(state) {
    this.path = `/lab/${state.id}`;
    this.first = state;
    this.#channel = state.channel;
    this.#ports = new Map(state.lanes.map(({ technique, port }) => [technique, port]));
  }

  /** The channel, by the lane of a technique. */
  url(technique, scheme = 'http') {
    return `${scheme}://${hostOf(location)}:${this.#ports.get(technique)}/channel/${this.#channel}`;
  }

  state() {
    return ask(this.path);
  }

  trail() {
    return ask(`${this.path}/trail`);
  }

  command(name, params = {}) {
    return ask(`${this.path}/${name}${query(params)}`, 'POST');
  }

  /** Ends it; where that can't be said it ends by itself. */
  async end() {
    await this.command('end').catch(() => {});
  }

  /** Sets this page's clock by the run's. The lanes' delay does not touch it: it is asked on the page's own port. */
  async clock() {
    const samples = [];
    for (let count = 0; count < CLOCK_SAMPLES; count += 1) {
      const sent = performance.now();
      const { now_ms: there } = await ask(`${this.path}/clock`);
      samples.push({ sent, there, came: performance.now() });
    }
    return clockFrom(samples, resolution());
  }
}

/** The least step of this page's clock, in milliseconds: some browsers round it, against those who would measure too well. */
function resolution() {
  const begin = performance.now();
  let [last, least] = [begin, 5];
  while (last < begin + 5) {
    const now = performance.now();
    if (now > last) least = Math.min(least, now - last);
    last = now;
  }
  return least;
}

/**
 * The run's clock from what was asked and answered. The sample that took the shortest is the best: the server read its clock at
 * some time between, so the middle is wrong by half of that at most, and by what this page's clock is rounded.
 */
export function clockFrom(samples, step) {
  const took = ({ sent, came }) => came - sent;
  const best = samples.reduce((least, sample) => (took(sample) < took(least) ? sample : least));
  const offset = best.there - (best.sent + best.came) / 2;
  return { now: () => performance.now() + offset, errorMs: took(best) / 2 + step };
}
