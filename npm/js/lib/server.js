// Where a page is rendered on a server a socket does nothing: no connection, no event, no timer.

const atStart = globalThis.WebSocket;

/**
 * Whether this is no browser. A class that was given is used everywhere, and so is one that has taken the place of the host's own since
 * this module was loaded: a mock.
 */
export function isServer(settings) {
  if (settings.WebSocket) return false;
  const { window, WorkerGlobalScope, WebSocket, process } = globalThis;
  if (typeof WebSocket !== 'function') return true;
  if (window !== undefined || WorkerGlobalScope !== undefined || !process?.versions?.node) return false;
  return WebSocket === atStart;
}
