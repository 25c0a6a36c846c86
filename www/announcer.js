// The polite live region: a few words a second, however much happens.
import { t, tn } from './i18n.js';

const INTERVAL_MS = 1000;
const MAX_SENTENCES = 4;

/** Gathers what happened and says it once a second; messages are only counted. */
export class Announcer {
  #place;
  #sentences = [];
  #messages = 0;
  #timer = null;

  constructor(place) {
    this.#place = place;
  }

  say(key, params) {
    this.#sentences.push(t(key, params));
    if (this.#sentences.length > MAX_SENTENCES) this.#sentences.shift();
    this.#arm();
  }

  message() {
    this.#messages += 1;
    this.#arm();
  }

  #arm() {
    // The first word comes at once; those that follow within a second wait for its end.
    if (this.#timer === null) this.#timer = setTimeout(() => this.#flush(), 50);
  }

  #flush() {
    const counted = this.#messages > 0 ? [tn('messages', this.#messages)] : [];
    this.#place.textContent = [...this.#sentences, ...counted].join(' ');
    this.#sentences = [];
    this.#messages = 0;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (this.#sentences.length > 0 || this.#messages > 0) this.#flush();
    }, INTERVAL_MS);
  }
}
