// Sending by POST, for what only receives: in order, in batches, one request under way at a time, and again what failed. The server drops what it
// has by its number, so nothing is doubled.
import { pause } from './clock.js';
import { lost, malformed } from './fault.js';
import { CONTENT_TYPE, Records, writeRecords } from './frames.js';
import { Requests } from './request.js';

/** How often in a row a request is tried. */
const ATTEMPTS = 6;
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 5000;
/** A batch has as many as this, or as many bytes, or one. */
const BATCH = 256;
const BATCH_BYTES = 1024 * 1024;
const ANSWER = 64 * 1024;
/** Bytes of a body that go up in a millisecond, if a slow network is to get it through in time. */
const SLOWEST = 32;

export class Uplink {
  /** Requests made, those that failed too. */
  posts = 0;
  #link;
  #requests;
  #stop = new AbortController();
  #isBusy = false;
  #drained = null;

  constructor(link) {
    this.#link = link;
    this.#requests = new Requests(link.settings);
  }

  /** There is something to send. What else is sent in the same turn goes along. */
  wake() {
    if (this.#isBusy || this.#requests.isStopped) return;
    this.#isBusy = true;
    Promise.resolve()
      .then(() => this.#run())
      .catch((error) => {
        if (!this.#requests.isStopped) this.#link.fail(error);
      });
  }

  /** Calls when all is acknowledged, or will never be. */
  drain(drained) {
    if (this.#isBusy) this.#drained = drained;
    else drained();
  }

  stop() {
    this.#requests.stop();
    this.#stop.abort();
  }

  async #run() {
    const { entries } = this.#link.outbox;
    let failures = 0;
    while (entries.length > 0 && !this.#requests.isStopped) {
      const [first] = entries;
      try {
        await this.#post(await this.#batch(entries));
        // Without progress this would go on for ever.
        if (entries[0] === first) throw lost('a POST was answered, and what it sent is not acknowledged');
        failures = 0;
      } catch (error) {
        failures += 1;
        if (this.#requests.isStopped || !error.retriable || failures >= ATTEMPTS) throw error;
        const backoff = Math.min(FIRST_PAUSE * 2 ** (failures - 1), LONGEST_PAUSE) * (0.75 + Math.random() / 2);
        await pause(Math.min(Math.max(backoff, error.retryAfter ?? 0), LONGEST_PAUSE), this.#stop.signal);
      }
    }
    // In the same turn as the look at what is left: what is sent in the next wakes it again.
    this.#isBusy = false;
    this.#drained?.();
  }

  async #batch(entries) {
    const frames = [];
    let size = 0;
    // A copy: an acknowledgement may come by the other way meanwhile.
    for (const entry of entries.slice(0, BATCH)) {
      if (frames.length > 0 && size + entry.size > BATCH_BYTES) break;
      if (entry.frame === undefined) await entry.ready;
      frames.push(entry.frame);
      size += entry.size;
    }
    return frames;
  }

  async #post(frames) {
    if (this.#requests.isStopped) return;
    this.posts += 1;
    const { settings } = this.#link;
    const records = new Records(ANSWER);
    const answer = this.#link.reply();
    const body = writeRecords(frames);
    let isAcknowledged = false;
    const take = (bytes) => {
      for (const frame of records.push(bytes)) {
        isAcknowledged = true;
        this.#link.take(frame, answer);
      }
    };
    try {
      await this.#requests.ask({
        url: this.#link.urlOf({ tl_session: settings.session }),
        method: 'POST',
        headers: { 'content-type': CONTENT_TYPE },
        body,
        begin: settings.timeout + body.length / SLOWEST,
        idle: settings.timeout,
        limit: ANSWER,
        take,
      });
      records.end();
    } catch (error) {
      if (!error.retriable) for (const { data } of error.frames ?? []) this.#link.take(data, answer);
      throw error;
    }
    if (!isAcknowledged) throw malformed('a POST was answered without an acknowledgement', 'Acknowledged');
  }
}
