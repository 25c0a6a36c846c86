// All techniques at once, with the same stream of messages, and what is done to them meanwhile.
import { byId } from '../dom.js';
import { formatCount, onLanguageChange, t } from '../i18n.js';
import { Run } from './api.js';
import { Controls } from './controls.js';
import { graceOf, paramsOf } from './plan.js';
import { Racer } from './racer.js';
import { resultOf } from './summary.js';
import { Meddling } from './meddling.js';
import { RACERS } from './techniques.js';

const LOOK_EVERY = 500;
/** How long transports may take to open, beyond what the network takes. */
const OPENING = 3000;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Race {
  #announcer;
  #results;
  #controls;
  #meddling;
  #current = null;
  #status = ['idle', {}];
  #problem = null;

  constructor(announcer, results) {
    this.#announcer = announcer;
    this.#results = results;
    this.#controls = new Controls((network) => this.#reshape(network));
    this.#meddling = new Meddling(announcer);
    byId('race-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#begin();
    });
    byId('race-stop').addEventListener('click', () => this.#current?.stop());
    onLanguageChange(() => this.#draw());
    this.#draw();
  }

  async #begin() {
    if (this.#current !== null) return;
    const plan = this.#controls.plan();
    let isStopped = false;
    let stop;
    const stopped = new Promise((resolve) => (stop = resolve)).then(() => (isStopped = true));
    this.#current = { plan, run: null, stop, stopped, isStopped: () => isStopped };
    this.#problem = null;
    this.#say('preparing');
    try {
      await this.#race(this.#current);
      this.#say(isStopped ? 'stopped' : 'finished');
    } catch (error) {
      this.#problem = error;
      this.#say('failed');
    }
    this.#current = null;
    this.#draw();
  }

  async #race(race) {
    const { plan, stopped } = race;
    const run = await Run.start(paramsOf(plan));
    race.run = run;
    let racers = [];
    try {
      const clock = await run.clock();
      race.clockError = clock.errorMs;
      const options = { every: plan.every, explained: plan.delay + plan.jitter };
      racers = RACERS.map((technique) => new Racer(technique, run, options, clock));
      race.racers = racers;
      const opening = OPENING + 4 * (plan.delay + plan.jitter);
      await Promise.race([Promise.all(racers.map(({ opened }) => opened)), pause(opening), stopped]);
      await run.command('go');
      race.begin = clock.now();
      this.#meddling.start(run);
      this.#say('racing');
      const length = plan.seconds * 1000 + graceOf(plan);
      for (let now = race.begin; now < race.begin + length && !race.isStopped(); now = clock.now()) {
        const state = await run.state();
        this.#look(race, state, now);
        if (state.stage === 'done' && racers.every(({ tally }) => tally.received >= state.published)) break;
        await Promise.race([pause(LOOK_EVERY), stopped]);
      }
      this.#look(race, await run.state(), clock.now());
    } finally {
      this.#meddling.stop();
      for (const racer of racers) racer.stop();
      await run.end();
    }
  }

  #look({ plan, racers, begin, clockError }, state, now) {
    const lanes = new Map(state.lanes.map((lane) => [lane.technique, lane]));
    const { bucketMs } = racers[0].tally;
    const [first, last] = [begin, now].map((ms) => Math.floor(ms / bucketMs));
    const seconds = Array.from({ length: last - first + 1 }, (_, step) => (step * bucketMs) / 1000);
    this.#results.show({
      rows: racers.map((racer) => resultOf(racer, lanes.get(racer.id), state.published)),
      plan,
      state,
      seconds: (now - begin) / 1000,
      clockError,
      series: { seconds, medians: racers.map(({ tally }) => tally.series(first, last)) },
    });
    const left = Math.max(0, Math.ceil(plan.seconds - (now - begin) / 1000));
    this.#status = left > 0 ? ['racingLeft', { seconds: left }] : ['lateOnes', {}];
    this.#draw();
  }

  /** Delay and jitter change while it runs; what was late before stays counted as it was. */
  #reshape({ delay, jitter }) {
    const race = this.#current;
    if (!race?.run) return;
    Object.assign(race.plan, { delay, jitter });
    for (const { tally } of race.racers ?? []) tally.explained = delay + jitter;
    race.run.command('network', { delay_ms: delay, jitter_ms: jitter }).catch(() => {});
  }

  #say(key) {
    this.#status = [key, {}];
    this.#announcer.say(key);
    this.#draw();
  }

  #draw() {
    const isRunning = this.#current !== null;
    const [key, params] = this.#status;
    byId('race-status').textContent = t(key, { ...params, seconds: formatCount(params.seconds ?? 0) });
    byId('race-start').setAttribute('aria-disabled', String(isRunning));
    byId('race-stop').setAttribute('aria-disabled', String(!isRunning));
    byId('race-problem').textContent = this.#problem === null ? '' : t('runFailed', { why: this.#problem.message });
  }
}
