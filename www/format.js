// Numbers and data as short text for the logs.

/** Characters of a text that a log shows. */
export const TEXT_PREVIEW = 240;
/** Bytes of a binary message that a log shows. */
export const HEX_PREVIEW = 48;

/** Milliseconds as `1.3 ms`, from one second on as `2.345 s`. */
export function formatTime(ms) {
  return ms < 1000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(3)} s`;
}

/** The first characters of a text, never half a surrogate pair, and how many UTF-16 code units are left out. */
export function previewText(text, limit = TEXT_PREVIEW) {
  if (text.length <= limit) return { shown: text, more: 0 };
  const last = text.charCodeAt(limit - 1);
  const end = last >= 0xd800 && last <= 0xdbff ? limit - 1 : limit;
  return { shown: text.slice(0, end), more: text.length - end };
}

/** Bytes of a text in UTF-8, as it goes over the wire. */
export function utf8Length(text) {
  return new TextEncoder().encode(text).length;
}

/** A value that was thrown as what the page shows: a name and a message. */
export function describeError(error) {
  if (error instanceof Error || error instanceof DOMException) return { name: error.name, message: error.message };
  return { name: 'Error', message: String(error) };
}
