// Sliders and presets of the race.
import { byId, el } from '../dom.js';
import { formatCount, onLanguageChange, t } from '../i18n.js';
import { PRESETS, SLIDERS } from './plan.js';

export class Controls {
  #onNetwork;
  #values = { ...PRESETS.steady };
  #chosen = 'steady';

  /** `onNetwork`: delay or jitter changed. */
  constructor(onNetwork) {
    this.#onNetwork = onNetwork;
    for (const [name, values] of Object.entries(PRESETS)) {
      const button = el('button', { type: 'button', class: 'small', 'data-preset': name });
      button.addEventListener('click', () => this.#preset(name, values));
      byId('presets').append(button);
    }
    byId('sliders').append(...SLIDERS.map((slider) => this.#slider(slider)));
    onLanguageChange(() => this.#draw());
    this.#draw();
  }

  plan() {
    return { ...this.#values };
  }

  #slider({ id, min, max, step, isNetwork }) {
    const input = el('input', { id: `slider-${id}`, type: 'range', min, max, step });
    input.addEventListener('input', () => {
      this.#values[id] = Number(input.value);
      this.#chosen = null;
      this.#draw();
    });
    if (isNetwork) input.addEventListener('change', () => this.#onNetwork(this.#values));
    const output = el('output', { id: `output-${id}`, for: `slider-${id}` });
    return el('div', { class: 'slider' }, el('label', { for: `slider-${id}` }), output, input);
  }

  #preset(name, values) {
    Object.assign(this.#values, values);
    this.#chosen = name;
    this.#onNetwork(this.#values);
    this.#draw();
  }

  #draw() {
    for (const { id, unit } of SLIDERS) {
      const input = byId(`slider-${id}`);
      input.value = this.#values[id];
      input.labels[0].textContent = t(`slider_${id}`);
      const text = t(`unit_${unit}`, { count: formatCount(this.#values[id]) });
      byId(`output-${id}`).textContent = text;
      input.setAttribute('aria-valuetext', text);
    }
    for (const button of byId('presets').children) {
      const { preset } = button.dataset;
      button.textContent = t(`preset_lab_${preset}`);
      button.setAttribute('aria-pressed', String(preset === this.#chosen));
    }
    byId('preset-note').textContent = t(`note_lab_${this.#chosen ?? 'own'}`);
  }
}
