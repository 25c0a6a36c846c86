// The transports of a channel by their numbers.
import { targetUrl } from './checks.js';
import { EventStream } from './event-source.js';
import { FetchStream } from './fetch-stream.js';
import { SUBPROTOCOL } from './frames.js';
import { LongPolling } from './long-polling.js';
import { Polling } from './polling.js';
import { StreamedWebSocket } from './websocket-stream.js';

// As `Kind` has them, in `src/channel/machine/config.rs`, and `Opening`, in `src/transport/mod.rs`.
const [WEB_SOCKET, WEB_SOCKET_STREAM, EVENT_STREAM, FETCH_STREAM, LONG_POLLING] = [0, 1, 2, 3, 4];

/** The browser's own WebSocket: each of its messages is a frame. */
function webSocket(url, { session, begin, epoch, after }) {
  const { href, search } = targetUrl(url, true);
  const start = epoch === undefined ? {} : { tl_epoch: epoch, tl_after: after };
  const parameters = new URLSearchParams({ tl_session: session, ...(begin ? { tl_begin: 1 } : {}), ...start });
  return new WebSocket(`${href}${search !== '' ? '&' : href.endsWith('?') ? '' : '?'}${parameters}`, [SUBPROTOCOL]);
}

/** Opens a transport by the number of its kind. `more` goes to those that have such options. */
export function openTransport(kind, url, options, { wait, every, fixed, opening }, { headers, credentials } = {}) {
  const common = { ...options, opening };
  switch (kind) {
    case WEB_SOCKET:
      return webSocket(url, options);
    case WEB_SOCKET_STREAM:
      return new StreamedWebSocket(url, common);
    case EVENT_STREAM:
      return new EventStream(url, { ...common, credentials });
    case FETCH_STREAM:
      return new FetchStream(url, { ...common, headers, credentials });
    case LONG_POLLING:
      return new LongPolling(url, { ...common, headers, credentials, wait });
    default:
      return new Polling(url, { ...common, headers, credentials, every, fixed });
  }
}
