// Polling: the server is asked again and again, and answers at once.
import { choice, numeric } from './checks.js';
import { pause } from './clock.js';
import { HttpDriver } from './http.js';
import { CONNECTING } from './link.js';
import { Pipe, PacedPipe } from './pipe.js';
import { hasMore, poll } from './poll.js';

const OPTIONS = { options: ['every', 'fixed', 'headers', 'credentials'] };
/** Requests under way at once; a tick beyond is left out. Browsers let more than six wait for each other. */
const MOST = 6;

class Driver extends HttpDriver {
  requested = 0;
  skipped = 0;
  #every;
  #fixed;
  #timer;
  #stop = new AbortController();

  constructor(link, options) {
    super(link);
    this.#every = numeric(options, 'every', 5000, 1, 2 ** 31 - 1);
    this.#fixed = choice(options, 'fixed', ['delay', 'rate']);
  }

  start() {
    if (this.#fixed === 'delay') {
      this.run(() => this.#loop());
      return;
    }
    this.#tick();
    this.#timer = setInterval(() => this.#tick(), this.#every);
  }

  stopReceiving() {
    super.stopReceiving();
    clearInterval(this.#timer);
    this.#stop.abort();
  }

  #ask() {
    this.requested += 1;
    return poll(this, 0);
  }

  /**
   * Answers may overtake each other. Each goes on from where the link was when it was asked for, so there is never a hole between; but
   * for the first, which says where that is: a second without a place would skip what came between the two.
   */
  #tick() {
    const { link, requests } = this;
    const isFirst = link.state === CONNECTING && requests.count > 0;
    if (isFirst || requests.count >= MOST || link.gate()) this.skipped += 1;
    else this.run(() => this.#ask());
  }

  async #loop() {
    const { link, requests } = this;
    while (!requests.isStopped) {
      const { offset } = link;
      const answer = await this.#ask();
      await link.gate();
      if (!requests.isStopped && !hasMore(answer, link, offset)) await pause(this.#every, this.#stop.signal);
    }
  }
}

export class Polling extends PacedPipe {
  constructor(url, options) {
    super(url, options, OPTIONS, (link, given) => new Driver(link, given));
  }

  /** How many polls were made. */
  get requests() {
    return Pipe.link(this).driver.requested;
  }

  /** At a fixed rate: how many were due while too many were under way. */
  get skipped() {
    return Pipe.link(this).driver.skipped;
  }

  /** At a fixed rate: how many answers came after the answer to a later request. */
  get overtaken() {
    return Pipe.link(this).overtaken;
  }
}
