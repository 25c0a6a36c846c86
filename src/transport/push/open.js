// What the channel in Rust opens its transports with. All of them give whole frames.
import { targetUrl } from './checks.js';
import { EventStream } from './event-source.js';
import { FetchStream } from './fetch-stream.js';
import { SUBPROTOCOL } from './frames.js';
import { LongPolling } from './long-polling.js';
import { Polling } from './polling.js';
import { StreamedWebSocket } from './websocket-stream.js';

export { Memory } from './memory.js';

// As `Kind` has them, in `src/transport/push.rs`.
const [WEB_SOCKET, WEB_SOCKET_STREAM, EVENT_STREAM, FETCH_STREAM, LONG_POLLING] = [0, 1, 2, 3, 4];

/** The browser's own WebSocket: each of its messages is a frame. */
function webSocket(url, { session, begin, epoch, after }) {
  const { href, search } = targetUrl(url, true);
  const start = epoch === undefined ? {} : { tl_epoch: epoch, tl_after: after };
  const parameters = new URLSearchParams({ tl_session: session, ...(begin ? { tl_begin: 1 } : {}), ...start });
  return new WebSocket(`${href}${search !== '' ? '&' : href.endsWith('?') ? '' : '?'}${parameters}`, [SUBPROTOCOL]);
}

export class Opener {
  #kind;
  #options;
  #waits;

  // `epoch` is empty where there is none.
  constructor(kind, session, begin, epoch, after, wait, every) {
    this.#kind = kind;
    this.#options = { session, begin, frames: true, ...(epoch === '' ? {} : { epoch, after }) };
    this.#waits = { wait, every };
  }

  open(url) {
    const [options, { wait, every }] = [this.#options, this.#waits];
    switch (this.#kind) {
      case WEB_SOCKET:
        return webSocket(url, options);
      case WEB_SOCKET_STREAM:
        return new StreamedWebSocket(url, options);
      case EVENT_STREAM:
        return new EventStream(url, options);
      case FETCH_STREAM:
        return new FetchStream(url, options);
      case LONG_POLLING:
        return new LongPolling(url, { ...options, wait });
      default:
        return new Polling(url, { ...options, every });
    }
  }
}
