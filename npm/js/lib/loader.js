// The way to the machine: loaded once for all sockets, when the first one needs it.

export class Loader {
  #load;
  #coming = null;
  #loaded = null;

  /** `load` fulfils with what makes pilots that have the machine; null where somebody else calls `begin`. */
  constructor(load) {
    this.#load = load;
  }

  /** What it has brought, if it is there. */
  loaded() {
    return this.#loaded;
  }

  /** Whether it is there, on its way, or will be. */
  comes() {
    return this.#load !== null || this.#coming !== null;
  }

  /** Fulfils with what it brings. */
  load() {
    if (this.#coming === null && this.#load !== null) this.begin(this.#load());
    return this.#coming ?? new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** After a trap: what was loaded can't be used any more. Another one may be. */
  forget() {
    this.#loaded = null;
    this.#coming = null;
  }

  #waiting = [];

  /** It is on its way. One that did not arrive may be tried again. */
  begin(coming) {
    this.#coming = coming;
    coming.then(
      (loaded) => {
        this.#loaded = loaded;
        for (const resolve of this.#waiting.splice(0)) resolve(loaded);
      },
      () => {
        this.#coming = null;
      },
    );
    return coming;
  }
}
