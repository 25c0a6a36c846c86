// Requests of one transport: each with an end, what arrives bounded, and none left over.
import { Watch, turn } from './clock.js';
import { Fault, lost, malformed, tooLarge } from './fault.js';
import { CONTENT_TYPE, Records, readFrame } from './frames.js';

/** The most bytes that are read of an answer that refuses. */
const REFUSAL = 64 * 1024;

const CODES = { 401: 4401, 403: 4403, 404: 4404, 409: 4409, 413: 4413, 429: 4429, 503: 1013 };

/** What a status means that is not 200 or 204. */
function refused({ status, headers }) {
  const retriable = status >= 500 || status === 429;
  const code = CODES[status] ?? (status >= 500 ? 1006 : 4400);
  const seconds = Number(headers.get('retry-after') ?? NaN);
  return new Fault(code, `the server answered ${status}`, { retriable, retryAfter: seconds >= 0 ? seconds * 1000 : undefined });
}

function contentType(response) {
  return (response.headers.get('content-type') ?? '').split(';')[0].trim().toLowerCase();
}

/** Reads a body piece by piece; `take` may say to wait. */
async function read(response, limit, take) {
  if (response.body === null) return;
  const reader = response.body.getReader();
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    size += value.length;
    if (size > limit) throw tooLarge('an answer', limit);
    await take(value);
    // What is there already is read without a task between: a server that sends without end would leave nobody else a turn.
    await turn();
  }
}

/** The records of an answer that refuses: `x` says more than the status. */
async function refusal(response) {
  const fault = refused(response);
  if (contentType(response) !== CONTENT_TYPE) return fault;
  const frames = [];
  const records = new Records(REFUSAL);
  try {
    await read(response, REFUSAL, (bytes) => frames.push(...records.push(bytes)));
    fault.frames = frames.map((data) => ({ data, ...readFrame(data) }));
  } catch {
    // The status has said enough.
    return fault;
  }
  const end = fault.frames.find(({ letter }) => letter === 'x');
  if (end) [fault.code, fault.reason] = [end.number, end.payload];
  return fault;
}

export class Requests {
  isStopped = false;
  #settings;
  #controllers = new Set();

  constructor(settings) {
    this.#settings = settings;
  }

  /** How many are under way. */
  get count() {
    return this.#controllers.size;
  }

  /** Ends them all; there will be none any more. */
  stop() {
    this.isStopped = true;
    for (const controller of this.#controllers) controller.abort();
  }

  /**
   * Asks, and hands over the body's bytes as they come. Fulfils with the status, 200 or 204. Rejects with a Fault.
   *
   * `begin`: for how many milliseconds the answer may not begin; `idle`: for how many it may say nothing then, absent: for ever.
   */
  async ask({ url, begin, idle, type = CONTENT_TYPE, limit = this.#settings.answer, take, headers, ...rest }) {
    const controller = new AbortController();
    this.#controllers.add(controller);
    let [hasBegun, isLate] = [false, false];
    const watch = new Watch(() => {
      isLate = true;
      controller.abort();
    });
    watch.set(begin);
    try {
      const response = await fetch(url, {
        ...rest,
        headers: this.#headers(headers),
        credentials: this.#settings.credentials,
        cache: 'no-store',
        signal: controller.signal,
      });
      hasBegun = true;
      if (idle === undefined) watch.clear();
      else watch.set(idle);
      if (response.status === 204) return 204;
      if (response.status !== 200) {
        watch.set(this.#settings.timeout);
        throw await refusal(response);
      }
      const found = contentType(response);
      if (found !== type) throw malformed(`the answer’s content type is “${found.slice(0, 48)}”, not ${type}`, 'ContentType');
      await read(response, limit, async (bytes) => {
        if (idle !== undefined) watch.clear();
        await take(bytes);
        if (idle !== undefined) watch.set(idle);
      });
      return 200;
    } catch (error) {
      if (error instanceof Fault) throw error;
      if (isLate) throw lost(hasBegun ? 'the answer stopped in the middle' : 'no answer in time');
      throw lost(hasBegun ? 'the answer was cut off' : 'the request failed');
    } finally {
      watch.clear();
      this.#controllers.delete(controller);
      controller.abort();
    }
  }

  #headers(own = {}) {
    const headers = new Headers(this.#settings.headers);
    for (const [name, value] of Object.entries(own)) headers.set(name, value);
    return headers;
  }
}
