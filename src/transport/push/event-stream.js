// The parser of event streams, as the HTML standard has it (section 9.2, server-sent events). Pure: bytes or text go in, in whatever pieces they
// arrive, and events come out.

const DEFAULT_LIMIT = 16 * 1024 * 1024;

/** A line, or an event's data, is larger than it may be. */
export class EventStreamLimitError extends Error {
  constructor(what, limit) {
    super(`${what} of the event stream has more than ${limit} characters`);
    this.name = 'EventStreamLimitError';
    this.limit = limit;
  }
}

/**
 * Calls, in the order of the stream, `event({ type, data, lastEventId })`, `comment(text)` and `retry(ms)` of the sink; each may be absent.
 */
export class EventStreamParser {
  #sink;
  #limit;
  #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  /** Whether the decoder may have kept the beginning of a character. */
  #isDecoding = false;
  /** What has arrived of a line that has not ended. */
  #line = [];
  #lineLength = 0;
  #atStart = true;
  /** The last one ended in CR: a LF that follows belongs to it. */
  #afterReturn = false;
  #failed = null;
  #type = '';
  #data = [];
  #dataLength = 0;
  #id = '';
  #lastEventId = '';

  /** `limit`: the most UTF-16 units of a line, and of an event’s data. */
  constructor(sink = {}, { limit = DEFAULT_LIMIT } = {}) {
    this.#sink = sink;
    this.#limit = limit;
  }

  /** The id of the last event that has ended, as the next one has it unless it says another. */
  get lastEventId() {
    return this.#lastEventId;
  }

  /** Throws an EventStreamLimitError, then and at each call after it. */
  push(chunk) {
    if (this.#failed) throw this.#failed;
    if (typeof chunk !== 'string') {
      this.#isDecoding = true;
      this.#text(this.#decoder.decode(chunk, { stream: true }));
      return;
    }
    this.#flush();
    this.#text(chunk);
  }

  /** The stream is over: what has not ended is dropped. */
  end() {
    if (this.#failed) throw this.#failed;
    this.#flush();
    this.#line = [];
    this.#lineLength = 0;
    this.#clear();
    this.#failed = new TypeError('the event stream has ended');
  }

  #flush() {
    if (!this.#isDecoding) return;
    this.#isDecoding = false;
    this.#text(this.#decoder.decode());
  }

  #text(text) {
    if (text === '') return;
    let at = 0;
    if (this.#atStart) {
      this.#atStart = false;
      if (text.charCodeAt(0) === 0xfeff) at = 1;
    }
    if (this.#afterReturn && at < text.length) {
      this.#afterReturn = false;
      if (text[at] === '\n') at += 1;
    }
    let [feed, carriage] = [-1, -1];
    while (at < text.length) {
      if (feed < at) feed = find(text, '\n', at);
      if (carriage < at) carriage = find(text, '\r', at);
      const end = Math.min(feed, carriage);
      this.#grow(text.slice(at, end));
      if (end === text.length) return;
      const line = this.#line.length === 1 ? this.#line[0] : this.#line.join('');
      this.#line = [];
      this.#lineLength = 0;
      at = end + 1;
      if (end === carriage) {
        if (text[at] === '\n') at += 1;
        else this.#afterReturn = at === text.length;
      }
      this.#take(line);
    }
  }

  #grow(part) {
    if (part === '') return;
    this.#lineLength += part.length;
    if (this.#lineLength > this.#limit) this.#fail('a line');
    this.#line.push(part);
    // Byte by byte there would be as many parts as bytes.
    if (this.#line.length > 1024) this.#line = [this.#line.join('')];
  }

  #fail(what) {
    this.#line = [];
    this.#clear();
    this.#failed = new EventStreamLimitError(what, this.#limit);
    throw this.#failed;
  }

  #take(line) {
    if (line === '') {
      this.#dispatch();
      return;
    }
    const colon = line.indexOf(':');
    if (colon === 0) {
      this.#sink.comment?.(line.slice(1));
      return;
    }
    const name = colon < 0 ? line : line.slice(0, colon);
    const from = line[colon + 1] === ' ' ? colon + 2 : colon + 1;
    this.#field(name, colon < 0 ? '' : line.slice(from));
  }

  #field(name, value) {
    if (name === 'data') {
      this.#dataLength += value.length + 1;
      if (this.#dataLength > this.#limit + 1) this.#fail('the data of an event');
      this.#data.push(value);
    } else if (name === 'event') {
      this.#type = value;
    } else if (name === 'id') {
      if (!value.includes('\0')) this.#id = value;
    } else if (name === 'retry' && /^[0-9]+$/.test(value)) {
      this.#sink.retry?.(Number(value));
    }
  }

  #dispatch() {
    this.#lastEventId = this.#id;
    const [type, data] = [this.#type, this.#data];
    this.#clear();
    // Without data there is no event; with an empty line of it there is.
    if (data.length > 0) this.#sink.event?.({ type: type || 'message', data: data.join('\n'), lastEventId: this.#lastEventId });
  }

  #clear() {
    this.#type = '';
    this.#data = [];
    this.#dataLength = 0;
  }
}

function find(text, what, from) {
  const at = text.indexOf(what, from);
  return at < 0 ? text.length : at;
}
