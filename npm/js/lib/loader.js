// The way to the machine: loaded once for all sockets, when the first one needs it.

export class Loader {
  #load;
  #coming = null;
  #Machine = null;

  /** `load` fulfils with the machine's class; null where somebody else calls `begin`. */
  constructor(load) {
    this.#load = load;
  }

  /** The class, if it is there. */
  loaded() {
    return this.#Machine;
  }

  /** Whether it is there, on its way, or will be. */
  comes() {
    return this.#load !== null || this.#coming !== null;
  }

  /** Fulfils with the class. */
  load() {
    if (this.#coming === null && this.#load !== null) this.begin(this.#load());
    return this.#coming ?? new Promise((resolve) => this.#waiting.push(resolve));
  }

  #waiting = [];

  /** It is on its way. One that did not arrive may be tried again. */
  begin(coming) {
    this.#coming = coming;
    coming.then(
      (Machine) => {
        this.#Machine = Machine;
        for (const resolve of this.#waiting.splice(0)) resolve(Machine);
      },
      () => {
        this.#coming = null;
      },
    );
    return coming;
  }
}
