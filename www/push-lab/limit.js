// The limit of connections for each origin: held requests wait for each other, WebSockets do not.
import { byId, el } from '../dom.js';
import { formatCount, onLanguageChange, t } from '../i18n.js';
import { Run } from './api.js';

const COUNT = 8;
const HOLD_MS = 2000;
const LOOK_EVERY = 100;
const LANE = 'long-polling';

/** One held request, from when the page asked to when it was answered. */
async function poll(url, bar) {
  const answer = await fetch(url, { cache: 'no-store' });
  await answer.arrayBuffer();
  bar.to = performance.now();
}

/** One WebSocket, from when the page asked to when it was open; it stays so for as long as a request is held. */
function socket(url, bar) {
  return new Promise((resolve, reject) => {
    const opened = new WebSocket(url, 'tautline.channel.v1');
    opened.onopen = () => {
      setTimeout(() => opened.close(), HOLD_MS);
    };
    opened.onerror = () => reject(new Error(t('limitLost')));
    opened.onclose = () => {
      bar.to = performance.now();
      resolve();
    };
  });
}

export class Limit {
  #announcer;
  #shown = null;
  #running = false;
  #problem = null;

  constructor(announcer) {
    this.#announcer = announcer;
    byId('limit-polls').addEventListener('click', () => this.#try('polls'));
    byId('limit-sockets').addEventListener('click', () => this.#try('sockets'));
    onLanguageChange(() => this.#draw());
    this.#draw();
  }

  async #try(kind) {
    if (this.#running) return;
    this.#running = true;
    this.#problem = null;
    const bars = Array.from({ length: COUNT }, () => ({ from: 0, to: null }));
    this.#shown = { kind, bars, begin: performance.now(), most: 0 };
    this.#draw();
    try {
      await this.#run(this.#shown);
      this.#announcer.say(`limitDone_${kind}`, this.#params());
    } catch (error) {
      this.#problem = error;
    }
    this.#running = false;
    this.#draw();
  }

  async #run(shown) {
    const run = await Run.start({ technique: LANE, rate: 0, seconds: 10 });
    let looking;
    try {
      // From here on there is nothing new: the hello says where that is. Asked on the page's own port, which is another origin.
      const first = await fetch(`${new URL(run.url(LANE)).pathname}?tl_wait=0`, { cache: 'no-store' });
      const place = /epoch=([\w-]+)/.exec(await first.text());
      const held = `${run.url(LANE)}?tl_wait=${HOLD_MS}${place ? `&tl_epoch=${place[1]}&tl_after=0` : ''}`;
      shown.begin = performance.now();
      const look = async () => {
        const { lanes } = await run.state();
        shown.most = Math.max(shown.most, lanes[0].open);
        this.#draw();
      };
      looking = setInterval(() => look().catch(() => {}), LOOK_EVERY);
      await Promise.all(
        shown.bars.map((bar) => {
          bar.from = performance.now();
          return shown.kind === 'polls' ? poll(held, bar) : socket(run.url(LANE, 'ws'), bar);
        }),
      );
      const { lanes } = await run.state();
      shown.most = Math.max(shown.most, lanes[0].most_open);
    } finally {
      clearInterval(looking);
      await run.end();
    }
  }

  #params() {
    const { bars, most } = this.#shown;
    const done = bars.filter(({ to }) => to !== null).map(({ from, to }) => to - from);
    return {
      count: COUNT,
      most,
      hold: formatCount(HOLD_MS),
      first: formatCount(Math.round(Math.min(...done))),
      last: formatCount(Math.round(Math.max(...done))),
    };
  }

  #draw() {
    for (const id of ['limit-polls', 'limit-sockets']) byId(id).setAttribute('aria-disabled', String(this.#running));
    byId('limit-problem').textContent = this.#problem === null ? '' : t('runFailed', { why: this.#problem.message });
    const shown = this.#shown;
    byId('limit-bars').hidden = shown === null;
    if (shown === null) {
      byId('limit-status').textContent = '';
      return;
    }
    const isOver = !this.#running && this.#problem === null;
    byId('limit-status').textContent = isOver ? t(`limitDone_${shown.kind}`, this.#params()) : t('limitOpen', { most: shown.most, count: COUNT });
    const now = performance.now();
    const whole = Math.max(2 * HOLD_MS, ...shown.bars.map(({ to }) => (to ?? now) - shown.begin));
    byId('limit-bars').replaceChildren(
      ...shown.bars.map(({ from, to }, index) => {
        const ms = Math.round((to ?? now) - (from || now));
        const bar = el('meter', { min: 0, max: whole, value: Math.min(ms, whole), 'aria-label': t('limitBar', { number: index + 1 }) });
        const name = el('span', {}, t('limitBar', { number: index + 1 }));
        return el('li', {}, name, bar, el('span', { class: 'time' }, t('msShort', { count: formatCount(ms) })));
      }),
    );
  }
}
