// The table of what arrived and what the person did.
import { BoundedList } from './bounded-list.js';
import { byId, el } from './dom.js';
import { HEX_PREVIEW, describeError, formatTime, previewText, utf8Length } from './format.js';
import { formatHex } from './hex.js';
import { formatCount, onLanguageChange, t, tn } from './i18n.js';

const SYMBOLS = { open: '●', message: '↓', error: '!', close: '■', send: '↑' };

/** Notes and draws; values that are text of the page are functions, so that they follow the language. */
export class EventLog {
  #list;

  constructor() {
    this.#list = new BoundedList({
      container: byId('log'),
      scroller: byId('log-scroll'),
      draw: drawEntry,
      drawLeftOut: (count) => drawNote(t('leftOut', { count: formatCount(count) })),
      drawEmpty: () => drawNote(t('logEmpty')),
    });
    onLanguageChange(() => this.#list.redraw());
    byId('clear-log').addEventListener('click', () => this.#list.clear());
  }

  /** The person called something. */
  call(name, args, at) {
    const fields = Object.entries(args).flatMap(([key, value]) => (key === 'data' ? [] : [[key, JSON.stringify(value)]]));
    const entry = { side: 'you', name, at, fields };
    if ('data' in args) this.#describeData(entry, args.data);
    if (name === 'free') fields.push([null, () => t('dropped')]);
    this.#list.add(entry);
  }

  /** What was called threw. */
  thrown(name, error, at) {
    const described = describeError(error);
    this.#list.add({ side: 'thrown', name, at, fields: [['name', described.name], ['message', described.message]] });
  }

  /** An event arrived. */
  event(event, at) {
    const entry = { side: 'event', name: event.type, at, fields: [] };
    switch (event.type) {
      case 'open':
        entry.fields.push([null, () => t('openCarriesNothing')]);
        break;
      case 'message':
        entry.fields.push(['kind', event.kind]);
        this.#describeData(entry, event.data);
        break;
      case 'close':
        entry.fields.push(
          ['code', String(event.code)],
          ['name', event.name ?? (() => t('unregistered'))],
          ['reason', event.reason === '' ? () => t('emptyReason') : event.reason],
          ['wasClean', String(event.wasClean)],
        );
        break;
      default:
        entry.fields.push([null, () => t('carriesNothing')]);
    }
    this.#list.add(entry);
  }

  #describeData(entry, data) {
    if (typeof data === 'string') {
      const { shown, more } = previewText(data);
      const bytes = utf8Length(data);
      entry.fields.push(['data', () => `“${shown}”${more > 0 ? ` ${t('moreCharacters', { count: formatCount(more) })}` : ''}`]);
      entry.fields.push([null, () => tn('bytes', bytes)]);
      return;
    }
    const binary = { size: data instanceof Blob ? data.size : data.byteLength, start: null };
    if (data instanceof Blob) {
      // Only the preview is kept: no closure may hold the data itself.
      const name = data instanceof File ? `File ${data.name}` : 'Blob';
      entry.fields.push(['data', () => `${name} ${hexPreview(binary)}`]);
      // The row takes its place now and gets its bytes when the Blob has been read.
      data.slice(0, HEX_PREVIEW).arrayBuffer().then(
        (buffer) => {
          binary.start = new Uint8Array(buffer);
          this.#list.update(entry);
        },
        (error) => {
          entry.fields.push([describeError(error).name, describeError(error).message]);
          this.#list.update(entry);
        },
      );
    } else {
      const view = data instanceof ArrayBuffer ? new Uint8Array(data) : data;
      binary.start = view.slice(0, HEX_PREVIEW);
      entry.fields.push(['data', () => hexPreview(binary)]);
    }
    entry.fields.push([null, () => tn('bytes', binary.size)]);
  }
}

function hexPreview({ size, start }) {
  if (start === null) return '…';
  const more = size - start.length;
  return `${formatHex(start)}${more > 0 ? ` ${t('moreBytes', { count: formatCount(more) })}` : ''}`;
}

function drawEntry({ side, name, at, fields }) {
  const label = side === 'event' ? name : `${name}()`;
  return el(
    'tr',
    { class: `row-${side}${name.startsWith('new ') && side === 'you' ? ' row-begin' : ''}`, role: 'row' },
    el('td', { class: 'time', role: 'cell' }, at === null ? '–' : formatTime(at)),
    el(
      'th',
      { scope: 'row', role: 'rowheader' },
      el('span', { class: 'symbol', 'aria-hidden': 'true' }, side === 'thrown' ? '✗' : (SYMBOLS[name] ?? '›')),
      el('code', {}, label),
      ' ',
      el('span', { class: 'side' }, t(side)),
    ),
    el('td', { role: 'cell' }, el('div', { class: 'fields' }, ...fields.map(drawField))),
  );
}

function drawField([name, value]) {
  const text = typeof value === 'function' ? value() : value;
  if (name === null) return el('span', { class: 'field-note' }, text);
  return el('span', { class: 'field-value' }, el('code', { class: 'field-name' }, name), ' ', el('span', { class: 'value' }, text));
}

function drawNote(text) {
  return el('tr', { class: 'note', role: 'row' }, el('td', { colspan: 3, role: 'cell' }, text));
}
