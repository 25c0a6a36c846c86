// Where a page is rendered on a server a socket does nothing: no connection, no event, no timer.

const atStart = globalThis.WebSocket;

/** Whether this is no browser. A class that was given, or one that took the place of the host's own, is used everywhere. */
export function isServer(settings) {
  if (settings.WebSocket) return false;
  const { window, WorkerGlobalScope, WebSocket, process } = globalThis;
  if (typeof WebSocket !== 'function') return true;
  if (window !== undefined || WorkerGlobalScope !== undefined || !process?.versions?.node) return false;
  // Node's own class has the standard's tag; a mock has seldom.
  return WebSocket === atStart && WebSocket.prototype?.[Symbol.toStringTag] === 'WebSocket';
}
