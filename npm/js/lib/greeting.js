// The application's handshake: what is said before a connection counts as up.

/** How many messages may arrive before the handshake has taken them; more fails it. */
const MOST = 1024;

export class Greetings {
  #core;
  #running = new Map();

  constructor(core) {
    this.#core = core;
  }

  /** Runs the handshake; fulfils with whether the connection may be used, and never rejects. */
  async run(wire, held) {
    const greeting = new Greeting(wire, held);
    this.#running.set(wire, greeting);
    try {
      const answer = await this.#core.settings.handshake(greeting.shown);
      return answer !== false && !greeting.spoilt;
    } catch (error) {
      this.#core.settings.log?.('handshake', { error });
      return false;
    }
  }

  receive(wire, data) {
    this.#running.get(wire)?.receive(data);
  }

  /** What the handshake has not taken. */
  rest(wire) {
    const greeting = this.#running.get(wire);
    this.#running.delete(wire);
    return greeting?.end() ?? [];
  }

  /** Nobody waits for this handshake any more. */
  end(wire) {
    this.rest(wire);
  }
}

class Greeting {
  spoilt = false;
  shown;
  #waiting;
  #takers = [];
  #controller = new AbortController();

  constructor(wire, held) {
    this.#waiting = [...held];
    this.shown = {
      protocol: wire.inner.protocol,
      signal: this.#controller.signal,
      send: (data) => wire.inner.send(data),
      next: () => this.#next(),
    };
  }

  receive(data) {
    const taker = this.#takers.shift();
    if (taker) taker.resolve(data);
    else if (this.#waiting.length < MOST) this.#waiting.push(data);
    else this.spoilt = true;
  }

  end() {
    const reason = new Error('the connection ended, or the handshake is over');
    this.#controller.abort(reason);
    for (const taker of this.#takers.splice(0)) taker.reject(reason);
    return this.#waiting.splice(0);
  }

  async #next() {
    if (this.#waiting.length > 0) return this.#waiting.shift();
    this.#controller.signal.throwIfAborted();
    return new Promise((resolve, reject) => this.#takers.push({ resolve, reject }));
  }
}
