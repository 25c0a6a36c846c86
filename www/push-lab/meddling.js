// The buttons that do something to a race, and what was done.
import { byId, el } from '../dom.js';
import { onLanguageChange, t } from '../i18n.js';

const DOWN_MS = 2000;
const MOST_ENTRIES = 6;

export class Meddling {
  #announcer;
  #run = null;
  #blocked = false;
  #done = [];

  constructor(announcer) {
    this.#announcer = announcer;
    const on = (id, act) => byId(id).addEventListener('click', () => this.#act(act));
    on('meddle-drop', (run) => this.#command(run, 'drop', {}, 'didDrop'));
    on('meddle-restart', (run) => this.#command(run, 'restart', { down_ms: DOWN_MS }, 'didRestart'));
    on('meddle-history', (run) => this.#command(run, 'lose-history', {}, 'didHistory'));
    on('meddle-block', async (run) => {
      await this.#command(run, this.#blocked ? 'unblock' : 'block', {}, this.#blocked ? 'didUnblock' : 'didBlock');
      this.#blocked = !this.#blocked;
    });
    onLanguageChange(() => this.#draw());
    this.#draw();
  }

  start(run) {
    this.#run = run;
    this.#blocked = false;
    this.#done = [];
    this.#draw();
  }

  stop() {
    this.#run = null;
    this.#blocked = false;
    this.#draw();
  }

  async #act(act) {
    if (this.#run === null) return;
    try {
      await act(this.#run);
    } catch {
      // The race has ended meanwhile.
      this.#note('didNothing');
    }
    this.#draw();
  }

  async #command(run, name, params, note) {
    await run.command(name, params);
    this.#note(note);
  }

  #note(key) {
    this.#done.unshift(key);
    this.#done.length = Math.min(this.#done.length, MOST_ENTRIES);
    this.#announcer.say(key, { seconds: DOWN_MS / 1000 });
  }

  #draw() {
    for (const id of ['drop', 'restart', 'block', 'history']) {
      byId(`meddle-${id}`).setAttribute('aria-disabled', String(this.#run === null));
    }
    byId('meddle-block').setAttribute('aria-pressed', String(this.#blocked));
    byId('meddle-log').replaceChildren(...this.#done.map((key) => el('li', {}, t(key, { seconds: DOWN_MS / 1000 }))));
  }
}
