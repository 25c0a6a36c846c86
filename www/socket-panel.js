// The forms: connect, send, close. Each shows its own error beside its control.
import { byId, el } from './dom.js';
import { parseHex } from './hex.js';
import { onLanguageChange, t } from './i18n.js';
import { PRESETS } from './presets.js';
import { PageProblem, ProblemPlace } from './problem.js';
import { ownUrl } from './target.js';

export class SocketPanel {
  #connection;
  #announcer;
  #connectProblem = new ProblemPlace(byId('connect-problem'), byId('url'));
  /** @type {ProblemPlace[]} */
  #otherProblems;

  constructor(connection, announcer) {
    this.#connection = connection;
    this.#announcer = announcer;
    byId('url').value = ownUrl(location.href, '/');
    byId('connect-form').addEventListener('submit', (event) => this.#connect(event));
    byId('drop').addEventListener('click', () => this.#drop());
    byId('preset').addEventListener('change', () => this.#usePreset());
    byId('binary-type').addEventListener('change', (event) => {
      connection.binaryType = event.target.value;
    });
    // A reloaded page may keep the choice of the one before.
    connection.binaryType = byId('binary-type').value;
    byId('text').addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) byId('text-form').requestSubmit();
    });
    this.#otherProblems = [
      onSubmit('text', () => this.#send(byId('text').value)),
      onSubmit('hex', () => this.#send(parseHex(byId('hex').value))),
      onSubmit('file', () => this.#sendFile()),
      onSubmit('close', () => this.#close(), 'code'),
    ];
    onLanguageChange(() => {
      drawPresets();
      this.refresh();
    });
    drawPresets();
    this.refresh();
  }

  /** Says which of connect and drop can be used. They stay focusable, so that the focus never falls out of the form. */
  refresh() {
    const busy = this.#connection.busy;
    byId('connect').setAttribute('aria-disabled', String(busy));
    byId('drop').setAttribute('aria-disabled', String(!busy));
    const hint = t(busy ? 'connectBusy' : 'connectHint');
    if (byId('connect-hint').textContent !== hint) byId('connect-hint').textContent = hint;
  }

  async #connect(event) {
    event.preventDefault();
    if (this.#connection.busy) return this.#announcer.say('connectBusy');
    for (const place of [this.#connectProblem, ...this.#otherProblems]) place.clear();
    const protocols = byId('protocols').value.split(',').map((name) => name.trim());
    try {
      await this.#connection.connect(byId('url').value.trim(), protocols.length === 1 && protocols[0] === '' ? [] : protocols);
    } catch (error) {
      this.#connectProblem.show(error);
    }
  }

  #drop() {
    if (this.#connection.busy) this.#connection.drop();
    else this.#announcer.say('dropNothing');
  }

  #usePreset() {
    const preset = PRESETS.find(({ id }) => id === byId('preset').value);
    byId('preset-hint').textContent = preset ? t(`preset_${preset.id}_hint`) : '';
    if (!preset) return;
    this.#announcer.say(`preset_${preset.id}_hint`);
    byId('url').value = preset.url ?? ownUrl(location.href, preset.path);
    byId('protocols').value = preset.protocols ?? '';
    if (preset.text) byId('text').value = preset.text;
  }

  #send(data) {
    this.#requireSocket();
    this.#connection.send(data);
  }

  #sendFile() {
    const [file] = byId('file').files;
    if (!file) throw new PageProblem('fileNone');
    this.#send(file);
  }

  #close() {
    this.#requireSocket();
    const typed = byId('code').value.trim();
    const reason = byId('reason').value;
    if (!/^[+-]?\d*$/.test(typed)) throw new PageProblem('codeNotNumber', { code: typed });
    if (typed === '' && reason === '') this.#connection.close();
    else this.#connection.close(typed === '' ? undefined : Number(typed), reason);
  }

  #requireSocket() {
    if (!this.#connection.hasSocket) throw new PageProblem('notConnected');
  }
}

/** Runs the action of a form; what it throws is shown beside the control. Returns the place of it. */
function onSubmit(name, action, control = name) {
  const problem = new ProblemPlace(byId(`${name}-problem`), byId(control));
  byId(`${name}-form`).addEventListener('submit', (event) => {
    event.preventDefault();
    problem.clear();
    try {
      action();
    } catch (error) {
      problem.show(error);
    }
  });
  return problem;
}

function drawPresets() {
  const select = byId('preset');
  const chosen = select.value;
  select.replaceChildren(
    el('option', { value: '' }, t('presetNone')),
    ...PRESETS.map(({ id }) => el('option', { value: id }, t(`preset_${id}`))),
  );
  select.value = chosen;
  byId('preset-hint').textContent = chosen ? t(`preset_${chosen}_hint`) : '';
}
