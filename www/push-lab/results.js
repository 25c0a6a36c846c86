// What the race shows: the table, the claims, the memory, and the table taken away.
import { byId, el } from '../dom.js';
import { formatCount, onLanguageChange, t } from '../i18n.js';
import { Chart, drawLegend } from './chart.js';
import { claimsOf } from './claims.js';
import { COLUMNS, HELD_KIB, toCsv, toMarkdown } from './summary.js';
import { RACERS } from './techniques.js';

/** For the words of the column that estimates. */
const MEASURED = {
  polling: HELD_KIB['polling-delay'],
  held: HELD_KIB['long-polling'],
  events: HELD_KIB['event-stream'],
  socket: HELD_KIB.websocket,
};
const MARKS = { seen: '✓', unseen: '✗', untested: '–' };

const nameOf = (id) => t(`name_${id}`);
const names = () => [t('column_technique'), ...COLUMNS.map(({ key }) => t(`column_${key}`))];

function shown(value, digits) {
  return value === null ? '–' : formatCount(value, digits);
}

export class Results {
  #announcer;
  #chart;
  #last = null;
  #problem = null;

  constructor(announcer) {
    this.#announcer = announcer;
    this.#chart = new Chart(byId('chart'), RACERS);
    byId('copy').addEventListener('click', () => this.#copy());
    byId('csv').addEventListener('click', () => this.#download());
    onLanguageChange(() => this.#draw());
    this.#draw();
  }

  /** `{ rows, plan, state, seconds, clockError, series }`, of a race that runs or is over. */
  show(results) {
    this.#last = results;
    this.#update();
  }

  #draw() {
    byId('results-head').replaceChildren(
      ...names().map((name) => el('th', { scope: 'col', role: 'columnheader' }, name)),
    );
    byId('columns-meaning').replaceChildren(
      ...COLUMNS.flatMap(({ key }) => [el('dt', {}, t(`column_${key}`)), el('dd', {}, t(`means_${key}`, MEASURED))]),
    );
    drawLegend(byId('legend'), RACERS);
    this.#chart.draw();
    this.#update();
  }

  #update() {
    const last = this.#last;
    byId('results').replaceChildren(...RACERS.map(({ id }) => this.#row(id, last?.rows.find((row) => row.id === id))));
    for (const id of ['copy', 'csv']) byId(id).setAttribute('aria-disabled', String(last === null));
    byId('table-problem').textContent = this.#problem === null ? '' : t(this.#problem);
    if (last === null) {
      byId('conditions').textContent = t('noResults');
      byId('memory').textContent = '';
      byId('claims').replaceChildren(el('li', { class: 'untested' }, t('noResults')));
      return;
    }
    byId('conditions').textContent = this.#conditions(last);
    byId('memory').textContent = this.#memory(last.state);
    this.#chart.show(last.series.seconds, last.series.medians);
    this.#claims(last);
  }

  #row(id, row) {
    const title = el('th', { scope: 'row', role: 'rowheader' }, el('span', { class: `swatch lane-${id}`, 'aria-hidden': true }), nameOf(id));
    if (row?.transport) title.append(' ', el('span', { class: 'field-note' }, row.transport));
    const cells = COLUMNS.map(({ key, of, digits }) => {
      const value = row === undefined ? null : of(row);
      return el('td', { role: 'cell', 'data-label': t(`column_${key}`), 'data-column': key }, shown(value, digits));
    });
    return el('tr', { role: 'row', 'data-technique': id }, title, ...cells);
  }

  #conditions({ plan, state, seconds, clockError }) {
    return t('conditions', {
      ...Object.fromEntries(Object.entries(plan).map(([name, value]) => [name, formatCount(value)])),
      published: formatCount(state.published),
      time: formatCount(Math.round(seconds)),
      error: clockError.toFixed(1),
    });
  }

  #memory({ resident, resident_at_first: first, history }) {
    const params = { messages: formatCount(history.messages), bytes: formatCount(history.bytes) };
    if (resident === null) return t('memoryUnknown', params);
    const mib = (bytes) => (bytes / 1024 / 1024).toFixed(1);
    return t('memory', { ...params, now: mib(resident), first: mib(first ?? resident) });
  }

  #claims({ rows, plan, state, seconds }) {
    const claims = claimsOf(rows, plan, state.published, seconds);
    byId('claims').replaceChildren(
      ...claims.map(({ key, state: verdict, params }) => {
        const said = Object.fromEntries(Object.entries(params).map(([name, value]) => [name, value === null ? '–' : formatCount(value)]));
        return el(
          'li',
          { class: verdict, 'data-claim': key },
          el('span', { class: 'verdict' }, `${MARKS[verdict]} ${t(`verdict_${verdict}`)}`),
          el('strong', {}, t(`claim_${key}`)),
          // Numbers of a race that does not test it would mislead.
          verdict === 'untested' ? null : el('span', {}, t(`numbers_${key}`, said)),
          el('span', { class: 'hint' }, t(`conditions_${key}`)),
        );
      }),
    );
  }

  /** The table and what it was measured under. */
  markdown() {
    return `${toMarkdown(this.#last.rows, names(), nameOf)}\n${this.#conditions(this.#last)}\n`;
  }

  async #copy() {
    if (this.#last === null) return;
    try {
      await navigator.clipboard.writeText(this.markdown());
      this.#problem = null;
      this.#announcer.say('copied');
      byId('copy').textContent = t('copiedShort');
      setTimeout(() => (byId('copy').textContent = t('copyMarkdown')), 2000);
    } catch {
      this.#problem = 'copyFailed';
    }
    this.#update();
  }

  #download() {
    if (this.#last === null) return;
    const { rows, plan } = this.#last;
    const notes = Object.fromEntries(Object.entries(plan).map(([name, value]) => [t(`slider_${name}`), value]));
    // Excel reads UTF-8 only where a byte order mark says so.
    const url = URL.createObjectURL(new Blob(['\ufeff', toCsv(rows, names(), nameOf, notes)], { type: 'text/csv' }));
    el('a', { href: url, download: 'push-lab.csv' }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
    this.#announcer.say('downloaded');
  }
}
