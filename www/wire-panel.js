// What the server saw: the request, the answer with its Accept value worked out, then the frames.
import { BoundedList } from './bounded-list.js';
import { byId, el } from './dom.js';
import { drawFrame } from './frame-view.js';
import { formatTime } from './format.js';
import { formatCount, onLanguageChange, t } from './i18n.js';

/** Header lines that make it a WebSocket handshake. */
const TELLING = /^(GET |HTTP\/|Upgrade:|Connection:|Sec-WebSocket-)/i;
const END_KEYS = { fin: 'endFin', reset: 'endReset', dropped: 'endDropped' };

export class WirePanel {
  #status = { key: 'wireIdle', params: {} };
  #request = null;
  #response = null;
  #list;

  constructor() {
    this.#list = new BoundedList({
      container: byId('frames'),
      scroller: byId('frames-scroll'),
      draw: drawRecord,
      drawLeftOut: (count) => el('li', { class: 'note' }, t('leftOut', { count: formatCount(count) })),
      drawEmpty: () => el('li', { class: 'note' }, t('framesEmpty')),
    });
    onLanguageChange(() => {
      this.#list.redraw();
      this.#draw();
    });
    this.#draw();
  }

  /** A new connection begins; a target without a feed is one that can't be shown. */
  start(target) {
    this.#request = null;
    this.#response = null;
    this.#list.clear();
    if (target.feed) this.#setStatus('wireWatching');
    else if (target.host) this.#setStatus('wireForeign', { host: target.host });
    else this.#setStatus('wireIdle');
    this.#draw();
  }

  /** The feed itself changed: `watching`, `missing` or `lost`. */
  feed(status) {
    if (status === 'lost' && this.#status.key === 'wireOver') return;
    this.#setStatus({ watching: 'wireWatching', missing: 'wireMissing', lost: 'wireLost' }[status]);
  }

  /** The constructor threw: nothing went over the wire. */
  nothingSent() {
    this.#setStatus('wireIdle');
  }

  /** The server saw something. */
  record(record) {
    switch (record.kind) {
      case 'request':
        this.#request = record.text;
        this.#draw();
        break;
      case 'response':
        this.#response = record;
        this.#draw();
        break;
      case 'over':
        this.#setStatus('wireOver');
        this.#list.add(record);
        break;
      default:
        this.#list.add(record);
    }
  }

  #setStatus(key, params = {}) {
    this.#status = { key, params };
    this.#drawStatus();
  }

  #drawStatus() {
    const { key, params } = this.#status;
    const place = byId('wire-status');
    // A live region: writing the same again would be read out again.
    if (place.textContent !== t(key, params)) place.textContent = t(key, params);
    place.classList.toggle('quiet', ['wireIdle', 'wireWatching', 'wireOver'].includes(key));
  }

  #draw() {
    this.#drawStatus();
    drawHttp(byId('request'), this.#request);
    drawHttp(byId('response'), this.#response?.text ?? null);
    const status = this.#response === null ? null : statusOf(this.#response.text);
    const refused = byId('refused');
    refused.hidden = status === null || status === '101';
    refused.textContent = refused.hidden ? '' : t('refused', { status });
    const accept = status === '101' ? this.#response.accept : null;
    byId('accept').hidden = !accept;
    byId('accept-steps').replaceChildren(...(accept ? drawAccept(accept, this.#response.text) : []));
  }
}

/** The status code of an answer's head. */
export function statusOf(head) {
  return /^HTTP\/\d(?:\.\d)? (\d{3})/.exec(head)?.[1] ?? '?';
}

/** The value of a header in an answer's head, or null. */
export function headerOf(head, name) {
  const lines = head.split(/\r?\n/).slice(1);
  const line = lines.find((candidate) => candidate.toLowerCase().startsWith(`${name.toLowerCase()}:`));
  return line === undefined ? null : line.slice(name.length + 1).trim();
}

function drawHttp(place, head) {
  if (head === null) {
    place.replaceChildren(el('span', { class: 'field-note' }, t('waiting')));
    return;
  }
  const lines = head.replace(/(\r?\n)+$/, '').split(/\r?\n/);
  place.replaceChildren(...lines.flatMap((line) => [el(TELLING.test(line) ? 'strong' : 'span', {}, line), '\n']));
}

function drawAccept(accept, head) {
  const header = headerOf(head, 'Sec-WebSocket-Accept');
  let verdict = t('acceptSame');
  if (header === null) verdict = t('acceptMissing');
  else if (header !== accept.base64) verdict = t('acceptDifferent', { header });
  return [
    el('li', {}, t('acceptKey'), el('code', {}, accept.key)),
    el('li', {}, t('acceptGuid'), el('code', {}, accept.key, el('b', {}, accept.guid))),
    el('li', {}, t('acceptSha1'), el('code', {}, accept.sha1_hex)),
    el('li', {}, t('acceptBase64'), el('code', {}, accept.base64)),
    el('li', { class: header === accept.base64 ? 'good' : 'bad' }, verdict),
  ];
}

function drawRecord(record) {
  switch (record.kind) {
    case 'frame':
      return drawFrame(record);
    case 'end':
      return drawEnd(record);
    case 'lagged':
      return el('li', { class: 'note' }, t('lagged', { count: formatCount(record.missed) }));
    default:
      return el('li', { class: 'note' }, t('over'));
  }
}

function drawEnd(record) {
  return el(
    'li',
    { class: `frame-end ${record.direction}` },
    el('span', { class: 'arrow', 'aria-hidden': 'true' }, record.direction === 'up' ? '↑' : '↓'),
    el('span', { class: 'way' }, t(record.direction)),
    el('span', {}, t(END_KEYS[record.how] ?? 'endDropped')),
    el('span', { class: 'time' }, formatTime(record.at_ms)),
  );
}
