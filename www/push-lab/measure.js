// What a lane's messages tell: latency, order, loss. No browser in here.

/** Longer than what the network explains by so much is late, in milliseconds. */
export const LATE_MARGIN_MS = 50;

/** A message of the lab: its number and when it was published, by the run's clock. */
export function parseMessage(text) {
  const found = /^(\d+) (\d+\.\d+) x*$/.exec(text);
  return found ? { number: Number(found[1]), at: Number(found[2]) } : null;
}

/** The value that this share of them does not exceed (the nearest rank); null if there are none. */
export function percentile(sorted, share) {
  if (sorted.length === 0) return null;
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

/** One lane's messages. */
export class Tally {
  #seen = new Set();
  #latencies = [];
  #highest = 0;
  #buckets = new Map();
  received = 0;
  repeated = 0;
  outOfOrder = 0;
  late = 0;

  /** `explained`: what the network takes at most, one way; `bucketMs`: the chart's step. */
  constructor({ explained, bucketMs = 500 }) {
    this.explained = explained;
    this.bucketMs = bucketMs;
  }

  /** A message that arrived at `now`. */
  message({ number, at }, now) {
    if (this.#seen.has(number)) {
      this.repeated += 1;
      return;
    }
    this.#seen.add(number);
    this.received += 1;
    if (number < this.#highest) this.outOfOrder += 1;
    this.#highest = Math.max(this.#highest, number);
    const latency = Math.max(0, now - at);
    if (latency > this.explained + LATE_MARGIN_MS) this.late += 1;
    this.#latencies.push(latency);
    const bucket = Math.floor(now / this.bucketMs);
    if (!this.#buckets.has(bucket)) this.#buckets.set(bucket, []);
    this.#buckets.get(bucket).push(latency);
  }

  /** `{ p50, p99 }` in milliseconds, null without messages. */
  latency() {
    const sorted = this.#latencies.toSorted((a, b) => a - b);
    return { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99) };
  }

  /** The median latency of each step from `first` to `last`, null where nothing came. */
  series(first, last) {
    const medians = [];
    for (let bucket = first; bucket <= last; bucket += 1) {
      const latencies = this.#buckets.get(bucket)?.toSorted((a, b) => a - b) ?? [];
      medians.push(percentile(latencies, 0.5));
    }
    return medians;
  }
}
