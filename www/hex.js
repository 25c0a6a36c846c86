// Bytes as hexadecimal text, both ways.

/** Why a text isn't hex. `key` and `params` name the string that says it in the page's language. */
export class HexError extends Error {
  constructor(key, params) {
    super(key);
    this.name = 'HexError';
    this.key = key;
    this.params = params;
  }
}

/**
 * Reads bytes: two hex digits each, in groups of any length, parted by spaces, commas, colons or line ends.
 * A group may begin with `0x`. Nothing at all is zero bytes.
 *
 * @throws {HexError} for a character that isn't a hex digit, and for a group with half a byte.
 */
export function parseHex(text) {
  const bytes = [];
  for (const { 0: group, index } of text.matchAll(/[^\s,:]+/g)) {
    const skip = /^0x/i.test(group) ? 2 : 0;
    const digits = group.slice(skip);
    const bad = /[^0-9a-f]/iu.exec(digits);
    if (bad) throw new HexError('hexBadDigit', { character: bad[0], position: index + skip + bad.index + 1 });
    if (digits.length === 0 || digits.length % 2 === 1) throw new HexError('hexHalfByte', { group });
    for (let i = 0; i < digits.length; i += 2) bytes.push(Number.parseInt(digits.slice(i, i + 2), 16));
  }
  return Uint8Array.from(bytes);
}

/** Writes bytes as `48 65 6c`. */
export function formatHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
