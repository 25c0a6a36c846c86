// The state of the connection: the four values of readyState with the time each was entered, and the other attributes.
import { STATE_NAMES } from './connection.js';
import { byId, el } from './dom.js';
import { formatTime } from './format.js';
import { formatCount, onLanguageChange, t } from './i18n.js';

export class StateView {
  #snapshot = { phase: 'idle' };
  #drawn = null;

  constructor() {
    onLanguageChange(() => {
      this.#drawn = null;
      this.show(this.#snapshot);
    });
    this.show(this.#snapshot);
  }

  /** Draws a snapshot; the list only when it differs, so that a screen reader isn't disturbed. */
  show(snapshot) {
    this.#snapshot = snapshot;
    const live = snapshot.phase === 'live';
    const states = JSON.stringify([snapshot.readyState, snapshot.entered]);
    if (states !== this.#drawn) {
      this.#drawn = states;
      byId('states').replaceChildren(...STATE_NAMES.map((name, value) => drawState(name, value, snapshot)));
    }
    setText(byId('fact-url'), live ? snapshot.url : '–');
    setText(byId('fact-protocol'), live ? snapshot.protocol || t('none') : '–');
    setText(byId('fact-extensions'), live ? snapshot.extensions || t('none') : '–');
    setText(byId('fact-buffered'), live ? formatCount(snapshot.bufferedAmount) : '–');
  }
}

function drawState(name, value, { readyState, entered }) {
  const now = readyState === value;
  const at = entered?.[value];
  return el(
    'li',
    { class: now ? 'now' : at === undefined || at === null ? 'ahead' : 'past', 'aria-current': now ? 'step' : null },
    el('span', { class: 'state-name' }, el('span', { class: 'dot', 'aria-hidden': 'true' }, now ? '◉' : '○'), el('code', {}, `${value} ${name}`)),
    now ? el('span', { class: 'visually-hidden' }, ` ${t('current')} `) : null,
    el('span', { class: 'time' }, at === undefined || at === null ? '' : formatTime(at)),
  );
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
