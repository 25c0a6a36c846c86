// Long polling: the server holds the request until there is news or its time is up; then it is asked again at once.
import { numeric } from './checks.js';
import { pause } from './clock.js';
import { HttpDriver } from './http.js';
import { Pipe, PacedPipe } from './pipe.js';
import { poll } from './poll.js';

const OPTIONS = { options: ['wait', 'headers', 'credentials'] };
/** A server that holds nothing, and has nothing, is not asked more often. */
const LEAST = 1000;

class Driver extends HttpDriver {
  requested = 0;
  #wait;
  #stop = new AbortController();

  constructor(link, options) {
    super(link);
    this.#wait = numeric(options, 'wait', 25_000, 0, 3_600_000);
  }

  start() {
    this.run(() => this.#loop());
  }

  stopReceiving() {
    super.stopReceiving();
    this.#stop.abort();
  }

  async #loop() {
    const { link, requests } = this;
    // The first is not held: the connection is there when it is answered.
    let wait = 0;
    while (!requests.isStopped) {
      const { offset } = link;
      const begun = performance.now();
      this.requested += 1;
      await poll(this, wait);
      if (requests.isStopped) return;
      await link.gate();
      if (link.offset === offset && this.requested > 1 && performance.now() - begun < Math.min(wait, LEAST)) await pause(LEAST, this.#stop.signal);
      wait = this.#wait;
    }
  }
}

export class LongPolling extends PacedPipe {
  constructor(url, options) {
    super(url, options, OPTIONS, (link, given) => new Driver(link, given));
  }

  /** How many polls were made. */
  get requests() {
    return Pipe.link(this).driver.requested;
  }
}
