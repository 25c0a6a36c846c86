// Medians and spreads.

export const sorted = (values) => [...values].sort((a, b) => a - b);

export function quantile(values, q) {
  const all = sorted(values);
  const at = (all.length - 1) * q;
  const low = Math.floor(at);
  return all[low] + (all[Math.ceil(at)] - all[low]) * (at - low);
}

export const median = (values) => quantile(values, 0.5);

/** Ratios of what was measured in the same round, as median and spread. */
export function ratios(values, measures) {
  const pairs = values.map((value, round) => value / measures[round]);
  return { median: median(pairs), low: Math.min(...pairs), high: Math.max(...pairs) };
}
