// What Rust opens its transports with: those of a channel, which give whole frames, and those that are used alone, which give messages.
import { targetUrl } from './checks.js';
import { EventStream } from './event-source.js';
import { FetchStream } from './fetch-stream.js';
import { FramedWebSocket } from './framed.js';
import { SUBPROTOCOL } from './frames.js';
import { LongPolling } from './long-polling.js';
import { Polling } from './polling.js';
import { StreamedWebSocket } from './websocket-stream.js';

export { Memory } from './memory.js';

/** Closes a transport that is used alone and has missed messages: there is no event of a WebSocket's for it. */
const MISSED = 4012;

// As `Opening` has them, in `src/transport/mod.rs`.
const [WEB_SOCKET, WEB_SOCKET_STREAM, EVENT_STREAM, FETCH_STREAM, LONG_POLLING] = [0, 1, 2, 3, 4];

/** The browser's own WebSocket: each of its messages is a frame. */
function webSocket(url, { session, begin, epoch, after }) {
  const { href, search } = targetUrl(url, true);
  const start = epoch === undefined ? {} : { tl_epoch: epoch, tl_after: after };
  const parameters = new URLSearchParams({ tl_session: session, ...(begin ? { tl_begin: 1 } : {}), ...start });
  return new WebSocket(`${href}${search === '' ? '?' : '&'}${parameters}`, [SUBPROTOCOL]);
}

export class Opener {
  #kind;
  #options;
  #waits;

  // Used alone it has no session of the caller's. `epoch` is empty where there is none.
  constructor(kind, session, begin, epoch, after, wait, every, fixed) {
    this.#kind = kind;
    const start = epoch === '' ? {} : { epoch, after };
    this.#options = session === '' ? {} : { session, begin, frames: true, ...start };
    this.#waits = { wait, every, fixed };
  }

  open(url) {
    const pipe = this.#open(url);
    pipe.addEventListener('gap', ({ detail: { from, to } }) => {
      pipe.close(MISSED, `messages were missed: from ${from} to ${to ?? 'nobody knows where'}`);
    });
    return pipe;
  }

  #open(url) {
    const [options, { wait, every, fixed }] = [this.#options, this.#waits];
    switch (this.#kind) {
      case WEB_SOCKET:
        return options.frames ? webSocket(url, options) : new FramedWebSocket(url, options);
      case WEB_SOCKET_STREAM:
        return new StreamedWebSocket(url, options);
      case EVENT_STREAM:
        return new EventStream(url, options);
      case FETCH_STREAM:
        return new FetchStream(url, options);
      case LONG_POLLING:
        return new LongPolling(url, { ...options, wait });
      default:
        return new Polling(url, { ...options, every, fixed });
    }
  }
}
