// What is remembered of one visit for the next, where the browser allows it; and what nobody can guess.

export class Memory {
  static get(key) {
    try {
      return localStorage.getItem(key) ?? '';
    } catch {
      // A worker has none, and a page may not be allowed to.
      return '';
    }
  }

  static set(key, value) {
    try {
      localStorage.setItem(key, value);
    } catch {
      // The next visit finds out by itself.
    }
  }

  // 128 bits of chance, as two numbers of 53 and one of 32.
  static chance() {
    const [a, b, c, d, e] = crypto.getRandomValues(new Uint32Array(5));
    return [a * 2 ** 21 + (b >>> 11), c * 2 ** 21 + (d >>> 11), e];
  }

  static host(url) {
    try {
      return new URL(url, globalThis.document?.baseURI ?? globalThis.location?.href).host;
    } catch {
      return '';
    }
  }

  // Milliseconds since 1970.
  static now() {
    return Date.now();
  }
}
