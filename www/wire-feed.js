// The server's feed of what it saw on the wire, over the browser's own WebSocket.

const OPEN_TIMEOUT_MS = 3000;

/**
 * Opens a feed and resolves once it is open, or with `null` where the server has none.
 * `onRecord(record)` gets each record, `onFeed(status)` one of `watching`, `missing`, `lost`.
 *
 * @returns {Promise<{ close(): void } | null>}
 */
export function openFeed(url, { onRecord, onFeed }) {
  return new Promise((resolve) => {
    const socket = new WebSocket(url);
    let open = false;
    let wanted = true;
    const feed = {
      close() {
        wanted = false;
        socket.close();
      },
    };
    const giveUp = () => {
      clearTimeout(timer);
      if (open || !wanted) return;
      feed.close();
      onFeed('missing');
      resolve(null);
    };
    const timer = setTimeout(giveUp, OPEN_TIMEOUT_MS);
    socket.onopen = () => {
      if (!wanted) return;
      clearTimeout(timer);
      open = true;
      onFeed('watching');
      resolve(feed);
    };
    socket.onmessage = ({ data }) => {
      if (wanted) onRecord(JSON.parse(data));
    };
    socket.onclose = () => {
      if (open && wanted) onFeed('lost');
      giveUp();
    };
  });
}
