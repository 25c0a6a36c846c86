// One lane from the page's side: a transport, opened again where the last one was, and what came of it.
import { Tally, parseMessage } from './measure.js';

const RETRY_MS = 300;

export class Racer {
  #technique;
  #run;
  #options;
  #clock;
  #transport = null;
  #place = null;
  #timer;
  #stopped = false;
  /** Of transports that have ended. */
  #before = { overtaken: 0, repeated: 0 };
  reconnects = 0;
  gaps = 0;

  /** `options`: `every` of polls, `explained` of the tally; `onMessage(message, now)` after each. */
  constructor(technique, run, options, clock, onMessage = () => {}) {
    this.#technique = technique;
    this.#run = run;
    this.#options = options;
    this.#clock = clock;
    this.onMessage = onMessage;
    this.tally = new Tally(options);
    this.opened = new Promise((resolve) => (this.#resolve = resolve));
    this.#open();
  }

  #resolve;

  get id() {
    return this.#technique.id;
  }

  /** What a Channel says it uses. */
  get transport() {
    return this.#transport?.transport ?? null;
  }

  /** Answers that came after the answer to a later request, as the transport counts them. */
  get overtaken() {
    return this.#before.overtaken + (this.#transport?.overtaken ?? 0);
  }

  /** Messages that came again, and were dropped. */
  get repeated() {
    return this.#before.repeated + (this.#transport?.repeated ?? 0);
  }

  /** Ends the connection; what was counted stays. */
  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    const transport = this.#transport;
    if (transport === null) return;
    this.#retire(transport);
    transport.close();
  }

  #open() {
    const transport = this.#technique.open(this.#run, this.#options, this.#place);
    this.#transport = transport;
    transport.binaryType = 'arraybuffer';
    transport.addEventListener('open', () => this.#resolve());
    transport.addEventListener('gap', () => {
      this.gaps += 1;
    });
    transport.addEventListener('message', ({ data }) => {
      if (transport !== this.#transport) return;
      const message = typeof data === 'string' ? parseMessage(data) : null;
      if (message === null) return;
      const now = this.#clock.now();
      this.tally.message(message, now);
      this.onMessage(message, now);
    });
    // A Channel comes back by itself.
    transport.addEventListener('lost', () => {
      if (transport === this.#transport) this.reconnects += 1;
    });
    transport.addEventListener('close', () => {
      if (transport !== this.#transport) return;
      this.#retire(transport);
      if (this.#stopped) return;
      this.reconnects += 1;
      this.#timer = setTimeout(() => this.#open(), RETRY_MS);
    });
  }

  #retire(transport) {
    if (transport.epoch !== undefined) this.#place = { epoch: transport.epoch, offset: transport.offset };
    this.#before.overtaken += transport.overtaken ?? 0;
    this.#before.repeated += transport.repeated ?? 0;
    this.#transport = null;
  }
}
