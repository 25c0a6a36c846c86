// The header of a frame (RFC 6455, section 5.2) taken apart, byte by byte.
import { el } from './dom.js';
import { formatTime, previewText } from './format.js';
import { formatHex, parseHex } from './hex.js';
import { t, tn } from './i18n.js';

const OPCODES = { 0: 'continuation', 1: 'text', 2: 'binary', 8: 'close', 9: 'ping', 10: 'pong' };

/**
 * The groups of bytes of a header, each with its bits where they matter and the keys of the strings that explain it.
 *
 * @param {Uint8Array} header
 * @returns {{ hex: string, bits: string | null, notes: [string, object][] }[]}
 */
export function explainHeader(header) {
  const [first, second] = header;
  if (second === undefined) return [{ hex: formatHex(header), bits: null, notes: [] }];
  const opcode = first & 0x0f;
  const masked = second >> 7 === 1;
  const short = second & 0x7f;
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
  const groups = [
    {
      hex: formatHex([first]),
      bits: `${bits(first >> 7, 1)} ${bits((first >> 4) & 7, 3)} ${bits(opcode, 4)}`,
      notes: [
        [first >> 7 ? 'finSet' : 'finUnset', {}],
        ['rsv', { bits: bits((first >> 4) & 7, 3) }],
        ['opcode', { opcode: `0x${opcode.toString(16)}`, name: OPCODES[opcode] ?? '?' }],
      ],
    },
    {
      hex: formatHex([second]),
      bits: `${bits(second >> 7, 1)} ${bits(short, 7)}`,
      notes: [
        [masked ? 'maskSet' : 'maskUnset', {}],
        [{ 126: 'length16', 127: 'length64' }[short] ?? 'length', { length: short }],
      ],
    },
  ];
  let at = 2;
  if (lengthBytes > 0) {
    const raw = header.slice(at, at + lengthBytes);
    const length = raw.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
    groups.push({ hex: formatHex(raw), bits: null, notes: [['extendedLength', { length }]] });
    at += lengthBytes;
  }
  if (masked) groups.push({ hex: formatHex(header.slice(at, at + 4)), bits: null, notes: [['maskKey', {}]] });
  return groups;
}

/** One frame of the wire feed as a list item. */
export function drawFrame(frame) {
  return el(
    'li',
    { class: `frame ${frame.direction}` },
    el(
      'p',
      { class: 'frame-title' },
      el('span', { class: 'arrow', 'aria-hidden': 'true' }, frame.direction === 'up' ? '↑' : '↓'),
      el('span', { class: 'way' }, t(frame.direction)),
      el('code', { class: 'frame-name' }, frame.name),
      el('span', {}, tn('bytes', frame.length)),
      el('span', { class: 'time' }, formatTime(frame.at_ms)),
    ),
    el('div', { class: 'header-bytes' }, ...explainHeader(parseHex(frame.header)).map(drawGroup)),
    drawPayload(frame),
    frame.complete === false ? el('p', { class: 'frame-cut' }, t('frameCut')) : null,
  );
}

function drawGroup({ hex, bits: digits, notes }) {
  return el(
    'div',
    { class: 'group' },
    el('code', { class: 'hex' }, hex),
    digits === null ? null : el('code', { class: 'bits' }, digits),
    ...notes.map(([key, params]) => el('span', { class: 'group-note' }, t(key, params))),
  );
}

function drawPayload(frame) {
  if (frame.length === 0) return el('p', { class: 'payload' }, el('span', { class: 'field-note' }, t('payloadEmpty')));
  const more = frame.truncated ? ' …' : '';
  const parts = [el('span', { class: 'field-note' }, t(frame.masked ? 'payloadUnmasked' : 'payload'))];
  if (frame.code !== null && frame.code !== undefined) {
    const reason = frame.reason ? `“${frame.reason}”` : t('emptyReason');
    parts.push(el('span', {}, `${t('code')} ${frame.code}`), el('span', { class: 'value' }, `${t('reason')} ${reason}`));
  } else if (frame.payload_text !== null) {
    parts.push(el('span', { class: 'value' }, `“${previewText(frame.payload_text).shown}”${more}`));
  }
  if (frame.payload_hex) parts.push(el('code', { class: 'payload-hex' }, frame.payload_hex + more));
  return el('p', { class: 'payload' }, ...parts);
}

function bits(value, width) {
  return value.toString(2).padStart(width, '0');
}
