// What is measured.

const receiving = (id, label, kind, size) => ({
  id,
  label,
  receives: true,
  warm: 1_000,
  run: (count) => `receive('/flood?count=${count}&size=${size}&kind=${kind}&close=no', ${count})`,
});

/** `count` is for how many messages, round trips or connections; `warm` for how many before the clock starts. */
export const JOBS = [
  receiving('A', 'receive 32 B text', 'text', 32),
  receiving('A8', 'receive 32 B non-ASCII text', 'wide', 32),
  receiving('B', 'receive 32 B binary', 'binary', 32),
  receiving('C', 'receive 64 KiB binary', 'binary', 65_536),
  receiving('C2', 'receive 64 KiB text', 'text', 65_536),
  {
    id: 'D',
    label: 'send 32 B text',
    warm: 1_000,
    run: (count) => `send('/sink', ${count})`,
  },
  {
    id: 'E',
    label: 'echo round trips',
    warm: 100,
    share: 0.1,
    laps: true,
    run: (count) => `echo('/echo', ${count})`,
  },
  {
    id: 'F',
    label: 'connect, open, close',
    warm: 10,
    share: 0.01,
    run: (count) => `cycles('/echo', ${count})`,
  },
];

export const countOf = ({ share = 1 }, messages) => Math.max(1, Math.round(messages * share));
