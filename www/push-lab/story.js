// One technique at a time: its source, what it costs, and a real run in slow motion with one message.
import { byId, el } from '../dom.js';
import { formatCount, onLanguageChange, t } from '../i18n.js';
import { Run } from './api.js';
import { describeHop, drawLadder, sumsOf } from './ladder.js';
import { Racer } from './racer.js';
import { TECHNIQUES } from './techniques.js';

/** The network of the slow motion, the polls' interval, when the message is published and when it ends, in milliseconds. */
export const SLOW = { delay: 300, every: 700, publish: 1900, length: 4200 };
/** The picture runs so far behind, so that what it shows has been told. */
const BEHIND = 300;
const ASK_EVERY = 150;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** What was recorded, with the beginning at the first thing that crossed. */
export function recordOf(trail, seen) {
  const hops = trail.lanes[0]?.hops ?? [];
  const begin = hops[0]?.at_ms ?? trail.now_ms;
  const shift = (ms) => ms - begin;
  return {
    hops: hops.map((hop) => ({ ...hop, at_ms: shift(hop.at_ms), due_ms: shift(hop.due_ms) })),
    published: trail.published.map(({ number, at_ms: at }) => ({ number, at: shift(at) })),
    seen: seen.map(({ number, at }) => ({ number, at: shift(at) })),
    begin,
  };
}

export class Story {
  #announcer;
  #technique = TECHNIQUES[0];
  #records = new Map();
  #running = false;
  #problem = null;
  #stillMotion = matchMedia('(prefers-reduced-motion: reduce)');

  constructor(announcer) {
    this.#announcer = announcer;
    for (const technique of TECHNIQUES) {
      const button = el('button', { type: 'button', 'data-technique': technique.id });
      button.addEventListener('click', () => this.#choose(technique));
      byId('story-choice').append(button);
    }
    byId('story-play').addEventListener('click', () => this.#play());
    onLanguageChange(() => this.#draw());
    this.#draw();
  }

  #choose(technique) {
    if (this.#running) return;
    this.#technique = technique;
    this.#problem = null;
    this.#draw();
  }

  async #play() {
    if (this.#running) return;
    this.#running = true;
    this.#problem = null;
    this.#draw();
    this.#announcer.say('playing', { technique: t(`name_${this.#technique.id}`) });
    try {
      await this.#run(this.#technique);
      const { seen, published } = this.#records.get(this.#technique.id);
      if (seen.length > 0) this.#announcer.say('playedSeen', { ms: Math.round(seen[0].at - published[0].at) });
    } catch (error) {
      this.#problem = error;
    }
    this.#running = false;
    this.#draw();
  }

  async #run(technique) {
    const params = { technique: technique.id, trail: 'yes', delay_ms: SLOW.delay, rate: 1, count: 1, size: 100, seconds: 10 };
    const run = await Run.start(params);
    const seen = [];
    let racer = null;
    try {
      const clock = await run.clock();
      racer = new Racer(technique, run, { every: SLOW.every, explained: SLOW.delay }, clock, ({ number }, at) => seen.push({ number, at }));
      const begun = performance.now();
      const publishing = pause(SLOW.publish).then(() => run.command('go'));
      for (;;) {
        const record = recordOf(await run.trail(), seen);
        this.#records.set(technique.id, record);
        const now = clock.now() - record.begin;
        await this.#animate(record, now - BEHIND, clock, ASK_EVERY);
        if (performance.now() - begun > SLOW.length + BEHIND) break;
      }
      await publishing;
      this.#records.set(technique.id, recordOf(await run.trail(), seen));
    } finally {
      racer?.stop();
      await run.end();
    }
  }

  /** Draws for so long; where motion is not wanted, once. */
  async #animate(record, now, clock, ms) {
    const until = performance.now() + ms;
    this.#picture(record, now);
    if (this.#stillMotion.matches) {
      await pause(ms * 4);
      return;
    }
    while (performance.now() < until) {
      await new Promise(requestAnimationFrame);
      this.#picture(record, clock.now() - record.begin - BEHIND);
    }
  }

  #picture(record, now) {
    drawLadder(byId('ladder'), record, Math.max(0, Math.min(now, SLOW.length)), SLOW.length);
  }

  #draw() {
    const technique = this.#technique;
    const text = (id, key, params) => (byId(id).textContent = t(key, params));
    for (const button of byId('story-choice').children) {
      button.textContent = t(`name_${button.dataset.technique}`);
      button.setAttribute('aria-pressed', String(button.dataset.technique === technique.id));
      button.setAttribute('aria-disabled', String(this.#running && button.dataset.technique !== technique.id));
    }
    byId('story-play').setAttribute('aria-disabled', String(this.#running));
    text('story-name', `name_${technique.id}`);
    text('story-what', `what_${technique.id}`);
    text('story-cost', `cost_${technique.id}`);
    text('story-truth', `truth_${technique.id}`);
    byId('story-source').textContent = technique.source;
    byId('story-ours').textContent = technique.ours(SLOW.every);
    byId('story-problem').textContent = this.#problem === null ? '' : t('runFailed', { why: this.#problem.message });
    if (!this.#running) this.#result(this.#records.get(technique.id));
  }

  #result(record) {
    byId('ladder-details').hidden = record === undefined;
    if (record === undefined) {
      byId('ladder').replaceChildren(el('p', { class: 'ladder-empty' }, t('ladderEmpty')));
      byId('ladder-caption').textContent = '';
      return;
    }
    this.#picture(record, SLOW.length);
    const shown = record.hops.filter(({ at_ms: at }) => at <= SLOW.length);
    const { requests, empty, up, down } = sumsOf(shown);
    const took = record.seen.length > 0 && record.published.length > 0 ? record.seen[0].at - record.published[0].at : null;
    const sums = t('ladderSums', {
      requests: formatCount(requests),
      empty: formatCount(empty),
      up: formatCount(up),
      down: formatCount(down),
    });
    const latency = took === null ? t('ladderUnseen') : t('ladderTook', { ms: formatCount(Math.round(took)), delay: SLOW.delay });
    byId('ladder-caption').textContent = `${latency} ${sums} ${t('ladderReal', { delay: SLOW.delay, every: SLOW.every })}`;
    byId('ladder-list').replaceChildren(
      ...shown
        .filter(({ what }) => what.kind !== 'open' && what.kind !== 'close')
        .map((hop) => {
          const way = t(hop.what.kind === 'request' || hop.what.up ? 'hopUp' : 'hopDown');
          const times = t('hopTimes', { at: formatCount(Math.round(hop.at_ms)), due: formatCount(Math.round(hop.due_ms)) });
          return el('li', {}, `${way}: ${describeHop(hop)}, ${times}`);
        }),
    );
  }
}
