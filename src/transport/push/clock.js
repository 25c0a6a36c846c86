// Waits with an end. What counts is the clock: a page in the background, or a computer that slept, calls timers late.

/** One that is called later than this was held up, and so was what it waits for. */
const LATE = 1000;

const now = () => performance.now();

export class Watch {
  #run;
  #timer;
  #until = Infinity;
  /** Whether the end has passed once while nobody could look. */
  #wasLate = false;

  constructor(run) {
    this.#run = run;
  }

  /** From now on so many milliseconds. To set it again costs no timer. */
  set(ms) {
    this.#until = now() + ms;
    this.#wasLate = false;
    // A timer that comes sooner looks at the clock again.
    if (this.#timer === undefined || this.#due > this.#until) this.#arm(ms);
  }

  clear() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#until = Infinity;
  }

  #due = Infinity;

  #arm(ms) {
    clearTimeout(this.#timer);
    // The most that a timer takes.
    const delay = Math.min(Math.max(ms, 0), 2 ** 31 - 1);
    this.#due = now() + delay;
    this.#timer = setTimeout(() => this.#fire(), delay);
  }

  #fire() {
    this.#timer = undefined;
    const left = this.#until - now();
    if (left > 0) {
      this.#arm(left);
    } else if (left < -LATE && !this.#wasLate) {
      // What has arrived meanwhile is to be looked at first.
      this.#wasLate = true;
      this.#until = now() + LATE;
      this.#arm(LATE);
    } else {
      this.#until = Infinity;
      this.#run();
    }
  }
}

/** For how many milliseconds what arrives without a pause may keep the page busy. */
const BUSY = 50;

let since = 0;

/** Fulfils in a task of its own, where reading has taken its time; undefined: go on. No timer, which may be late in the background. */
export function turn() {
  if (now() - since < BUSY) return undefined;
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      since = now();
      resolve();
    };
    port2.postMessage(0);
  });
}

/** Waits, until the time is over or the signal says so. */
export function pause(ms, signal) {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
