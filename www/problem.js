// Errors beside their controls: name first, then the message.
import { el } from './dom.js';
import { describeError } from './format.js';
import { onLanguageChange, t } from './i18n.js';

/** A mistake that the page itself finds; `key` and `params` name the string that says it in the page's language. */
export class PageProblem extends Error {
  constructor(key, params = {}) {
    super(key);
    this.name = 'PageProblem';
    this.key = key;
    this.params = params;
  }
}

/** The place of one form's error. */
export class ProblemPlace {
  #place;
  #control;
  #error = null;

  constructor(place, control) {
    this.#place = place;
    this.#control = control;
    onLanguageChange(() => this.#draw());
  }

  show(error) {
    this.#error = error;
    this.#control.setAttribute('aria-invalid', 'true');
    this.#draw();
  }

  clear() {
    this.#error = null;
    this.#control.removeAttribute('aria-invalid');
    this.#draw();
  }

  #draw() {
    this.#place.replaceChildren();
    if (this.#error === null) return;
    if ('key' in this.#error) {
      const { key, params } = this.#error;
      this.#place.append(el('strong', {}, t('notDone')), t('colon'), t(key, params));
    } else {
      // What the module and the browser say is in English, whatever the page's language.
      const { name, message } = describeError(this.#error);
      this.#place.append(el('strong', { lang: 'en' }, name), t('colon'), el('span', { lang: 'en' }, message));
    }
  }
}
