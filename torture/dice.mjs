// Random numbers that come again with the same seed.
export class Dice {
  #state;

  /** A die of its own for each name. */
  constructor(seed, name) {
    this.#state = [...name].reduce((state, char) => Math.imul(state ^ char.codePointAt(0), 0x01000193), seed ^ 0x811c9dc5) >>> 0;
  }

  /** From 0 on, below 1: mulberry32. */
  #next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let word = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number, both ends included. */
  between(from, to) {
    return from + Math.floor(this.#next() * (to - from + 1));
  }

  pick(list) {
    return list[this.between(0, list.length - 1)];
  }
}
