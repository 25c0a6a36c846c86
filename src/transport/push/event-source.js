// Server-Sent Events by the browser's EventSource. It would connect again by itself; here that is the application's to decide.
import { exception } from './checks.js';
import { lost, malformed } from './fault.js';
import { HttpDriver } from './http.js';
import { Pipe } from './pipe.js';
import { probe } from './poll.js';

const OPTIONS = { options: ['credentials'] };

/** Bytes of base64. Throws a Fault. */
export function fromBase64(text) {
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch {
    throw malformed('what should be base64 is not', 'Base64');
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The frame of an event with this name; undefined: it is none of ours. Throws a Fault. */
export function frameOf(type, data) {
  if (type === 'message') return data;
  if (type === 'b') return fromBase64(data);
  if (type !== 't') return undefined;
  const bytes = fromBase64(data);
  try {
    return decoder.decode(bytes);
  } catch {
    throw malformed('the text of an event is not UTF-8', 'NotUtf8');
  }
}

class Driver extends HttpDriver {
  hasBeats = true;
  #source = null;

  start() {
    const { link } = this;
    link.await();
    const answer = link.answer();
    const source = new EventSource(link.query({ tl_beat: 'event' }), { withCredentials: link.settings.credentials === 'include' });
    this.#source = source;
    const take = ({ type, data }) => {
      // What was on its way when it was closed.
      if (source !== this.#source) return;
      try {
        link.take(frameOf(type, data), answer);
      } catch (error) {
        link.fail(error);
      }
    };
    for (const type of ['message', 't', 'b']) source.addEventListener(type, take);
    source.onerror = () => {
      if (source !== this.#source) return;
      const isRefused = source.readyState === EventSource.CLOSED && answer.hello === null;
      this.#close();
      if (isRefused) this.run(() => this.#why());
      else link.fail(lost('the event stream has ended'));
    };
  }

  /** An EventSource does not say why it was refused: a poll is, if the server refuses that as well. */
  async #why() {
    await probe(this);
    throw malformed('the event stream was refused, or is none', 'ContentType');
  }

  #close() {
    this.#source?.close();
    this.#source = null;
  }

  stopReceiving() {
    super.stopReceiving();
    this.#close();
  }
}

export class EventStream extends Pipe {
  constructor(url, options) {
    if (options?.credentials === 'omit') throw exception('NotSupportedError', 'an EventSource can’t omit credentials for its own origin');
    super(url, options, OPTIONS, (link) => new Driver(link));
  }
}
