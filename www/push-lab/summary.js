// The table of results, and the same as Markdown and CSV. No browser in here.

const count = (value) => value;
const tenths = (value) => (value === null ? null : Math.round(value * 10) / 10);

/**
 * What one held connection was measured to take of the server's resident memory, in KiB: 900 of each kind, release build, Linux
 * (`cargo xtask bench lab`).
 */
export const HELD_KIB = { 'polling-rate': 14, 'polling-delay': 13.9, 'long-polling': 21.8, 'event-stream': 28.1, websocket: 13.4, channel: 13.4 };

/** `key` names the column in strings-*.js (`column_…`, `means_…`); `of` is its value, null where there is none; `digits`: those after the point. */
export const COLUMNS = [
  { key: 'received', of: (row) => count(row.received) },
  { key: 'p50', digits: 1, of: (row) => tenths(row.p50) },
  { key: 'p99', digits: 1, of: (row) => tenths(row.p99) },
  { key: 'late', of: (row) => count(row.late) },
  { key: 'outOfOrder', of: (row) => count(row.outOfOrder) },
  { key: 'lost', of: (row) => count(row.lost) },
  { key: 'requests', of: (row) => count(row.requests) },
  { key: 'up', of: (row) => count(row.up) },
  { key: 'down', of: (row) => count(row.down) },
  { key: 'perMessage', of: (row) => (row.perMessage === null ? null : Math.round(row.perMessage)) },
  { key: 'open', of: (row) => count(row.open) },
  { key: 'memory', digits: 1, of: (row) => tenths(row.memory) },
  { key: 'accepted', of: (row) => count(row.accepted) },
  { key: 'reconnects', of: (row) => count(row.reconnects) },
];

/** One lane's results: what the page counted, and what the server did. */
export function resultOf(racer, lane, published) {
  const { tally } = racer;
  const { p50, p99 } = tally.latency();
  const { requests, bytes_up: up, bytes_down: down, open, accepted, most_open: most } = lane;
  return {
    id: racer.id,
    transport: racer.transport,
    received: tally.received,
    p50,
    p99,
    late: tally.late,
    // What a transport has put in order again counts too.
    outOfOrder: tally.outOfOrder + racer.overtaken,
    lost: Math.max(0, published - tally.received),
    repeated: racer.repeated,
    requests,
    up,
    down,
    perMessage: tally.received === 0 ? null : (up + down) / tally.received,
    open,
    memory: open * HELD_KIB[racer.id],
    most,
    accepted,
    reconnects: racer.reconnects,
  };
}

/** A table in Markdown. `names`: of the columns, that of the techniques first; `nameOf` one technique's. */
export function toMarkdown(rows, names, nameOf) {
  const line = (cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  const body = rows.map((row) => line([nameOf(row.id), ...COLUMNS.map(({ of, digits = 0 }) => of(row)?.toLocaleString('en', { minimumFractionDigits: digits }) ?? '–')]));
  return [line(names), `| --- |${' ---: |'.repeat(COLUMNS.length)}`, ...body].join('\n') + '\n';
}

/** The same in CSV (RFC 4180), with numbers as machines read them. `notes` are columns of their own, the same in each row. */
export function toCsv(rows, names, nameOf, notes = {}) {
  // A cell that begins like a formula would be one to a spreadsheet.
  const safe = (text) => (/^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text);
  const cell = (value) => {
    const text = safe(String(value ?? ''));
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const line = (cells) => cells.map(cell).join(',');
  const body = rows.map((row) => line([nameOf(row.id), ...COLUMNS.map(({ of }) => of(row)), ...Object.values(notes)]));
  return [line([...names, ...Object.keys(notes)]), ...body].join('\r\n') + '\r\n';
}
