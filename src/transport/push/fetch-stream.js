// Server-Sent Events by fetch: with headers, with a method and a body, and the bytes as they arrive.
import { turn } from './clock.js';
import { EventStreamLimitError, EventStreamParser } from './event-stream.js';
import { frameOf } from './event-source.js';
import { lost, tooLarge } from './fault.js';
import { FRAME_OVERHEAD } from './frames.js';
import { HttpDriver } from './http.js';
import { Pipe, PacedPipe } from './pipe.js';

const OPTIONS = { options: ['headers', 'credentials', 'method', 'body'] };
const TYPE = 'text/event-stream';

class Driver extends HttpDriver {
  hasBeats = true;
  retry;
  #request;

  constructor(link, { method, body }) {
    super(link);
    this.#request = { method, body };
    if (typeof ReadableStream === 'function' && body instanceof ReadableStream) throw new TypeError('body is not to be a stream');
    // What fetch would refuse is refused at once.
    new Request(link.url, this.#request);
  }

  start() {
    this.link.await();
    this.run(() => this.#receive());
  }

  async #receive() {
    const { link } = this;
    const { isRaw, frame, opening } = link.settings;
    const answer = link.answer();
    const events = [];
    // In base64 a frame is larger by a third; `data:` stands before it.
    const limit = Math.ceil(((frame + FRAME_OVERHEAD) * 4) / 3) + 16;
    const parser = new EventStreamParser({ event: (event) => events.push(event), retry: (ms) => (this.retry = ms) }, { limit });
    const deliver = async () => {
      for (const { type, data } of events.splice(0)) {
        while (link.gate()) await link.gate();
        const frameData = frameOf(type, data);
        if (frameData !== undefined) link.take(frameData, answer);
        const others = turn();
        if (others) await others;
      }
    };
    await this.requests.ask({
      ...this.#request,
      // Where comments are not told to the application, beats that it is to see are events.
      url: link.query(isRaw ? { tl_beat: 'event' } : {}),
      headers: { accept: TYPE },
      begin: opening,
      type: TYPE,
      limit: Infinity,
      async take(bytes) {
        link.alive();
        try {
          parser.push(bytes);
        } catch (error) {
          await deliver();
          throw error instanceof EventStreamLimitError ? tooLarge('a line', limit) : error;
        }
        await deliver();
      },
    });
    throw lost('the event stream has ended');
  }
}

export class FetchStream extends PacedPipe {
  constructor(url, options) {
    super(url, options, OPTIONS, (link, given) => new Driver(link, given));
  }

  /** What the server has said in `retry:`, in milliseconds. */
  get retry() {
    return Pipe.link(this).driver.retry;
  }
}
