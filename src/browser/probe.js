// One HTTP request that only wants to know the status, and can be given up.

export class Probe {
  #controller = new AbortController();
  #answer;

  constructor(url) {
    this.#answer = this.#ask(url);
  }

  // [status, seconds to wait or NaN]; the status is 0 where there was no answer, or none that a page may see.
  answer() {
    return this.#answer;
  }

  abort() {
    this.#controller.abort();
  }

  async #ask(url) {
    const { signal } = this.#controller;
    try {
      const response = await fetch(url, { cache: 'no-store', redirect: 'manual', signal });
      // Nobody reads the body.
      response.body?.cancel().catch(() => {});
      return [response.status, retryAfter(response.headers.get('retry-after'))];
    } catch {
      return [0, NaN];
    }
  }
}

// RFC 9110, section 10.2.3: seconds, or a date.
function retryAfter(value) {
  if (value === null) return NaN;
  if (/^[0-9]+$/.test(value)) return Number(value);
  return Math.max(0, (Date.parse(value) - Date.now()) / 1000);
}
