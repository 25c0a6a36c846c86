// Time that never runs backwards, and that counts sleep where the browser does: `performance.now()` is even and may stand still while
// the computer sleeps, `Date.now()` goes on and may be set. Time advances by what the one says that has advanced more.

export class Clock {
  #even = even();
  #date = Date.now();
  #time = 0;

  /** Milliseconds since the clock was made. */
  now() {
    const [nextEven, nextDate] = [even(), Date.now()];
    this.#time += Math.max(nextEven - this.#even, nextDate - this.#date, 0);
    this.#even = nextEven;
    this.#date = nextDate;
    return this.#time;
  }
}

function even() {
  return globalThis.performance?.now() ?? Date.now();
}
