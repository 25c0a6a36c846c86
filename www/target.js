// What the address in the field points at, and the feed that shows its wire.

const WIRE_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** The page's own server as a WebSocket URL with this path. */
export function ownUrl(page, path) {
  const base = new URL(page);
  return `${base.protocol === 'https:' ? 'wss:' : 'ws:'}//${base.host}${path}`;
}

/** A random name for a feed. */
export function newWireId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(9)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Where to connect. For the page's own server the URL gets a `wire` parameter and `feed` is the URL to watch;
 * for any other, and for what isn't a URL, the text goes to the constructor as typed, so that its errors are the real ones.
 *
 * @returns {{ url: string, feed: string | null, host: string | null }}
 */
export function resolveTarget(typed, page, wireId = newWireId()) {
  let url;
  try {
    url = new URL(typed, page);
  } catch {
    return { url: typed, feed: null, host: null };
  }
  const secure = new URL(page).protocol === 'https:';
  const schemes = secure ? ['wss:', 'https:'] : ['ws:', 'http:'];
  if (!schemes.includes(url.protocol) || url.host !== new URL(page).host) return { url: typed, feed: null, host: url.host || null };
  const given = url.searchParams.get('wire');
  if (given !== null && WIRE_ID.test(given)) wireId = given;
  // Appended as text: URLSearchParams would write the person's other parameters anew.
  else url.search = url.search ? `${url.search}&wire=${wireId}` : `?wire=${wireId}`;
  return { url: url.href, feed: ownUrl(page, `/wire/${wireId}`), host: url.host };
}
