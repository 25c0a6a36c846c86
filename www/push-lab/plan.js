// What a race is asked to do: sliders and presets. No browser in here.

/** Names are keys of strings-*.js: `slider_…`, `unit_…`. */
export const SLIDERS = [
  { id: 'rate', min: 0, max: 50, step: 1, unit: 'perSecond' },
  { id: 'burst', min: 1, max: 100, step: 1, unit: 'messages' },
  { id: 'size', min: 32, max: 4096, step: 16, unit: 'bytes' },
  { id: 'delay', min: 0, max: 1000, step: 10, unit: 'ms', isNetwork: true },
  { id: 'jitter', min: 0, max: 2000, step: 50, unit: 'ms', isNetwork: true },
  { id: 'every', min: 100, max: 2000, step: 50, unit: 'ms' },
  { id: 'seconds', min: 5, max: 60, step: 1, unit: 'seconds' },
];

/** Names are keys of strings-*.js: `preset_lab_…`, `note_lab_…`. */
export const PRESETS = {
  steady: { rate: 5, burst: 1, size: 96, delay: 50, jitter: 0, every: 500, seconds: 20 },
  idle: { rate: 0, burst: 1, size: 96, delay: 50, jitter: 0, every: 500, seconds: 10 },
  burst: { rate: 20, burst: 50, size: 96, delay: 50, jitter: 0, every: 500, seconds: 20 },
  slow: { rate: 5, burst: 1, size: 96, delay: 300, jitter: 900, every: 400, seconds: 20 },
};

/** The parameters of `POST /lab`. */
export function paramsOf({ rate, burst, size, delay, jitter, seconds }) {
  return { rate, burst, size, delay_ms: delay, jitter_ms: jitter, seconds };
}

/**
 * How long the slowest lane may take to bring the last message, in milliseconds: a poll that has just missed it comes back, its turn
 * comes, and the next is there and back.
 */
export function graceOf({ delay, jitter, every }) {
  return every + 4 * (delay + jitter) + 500;
}
