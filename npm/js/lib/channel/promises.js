// `opened` and `closed`: made where somebody asks for them.

export class Promises {
  #opened = null;
  #closed = null;

  get opened() {
    return (this.#opened ??= deferred()).promise;
  }

  get closed() {
    return (this.#closed ??= deferred()).promise;
  }

  /** It is up. */
  open(kind) {
    this.#opened?.resolve(kind);
    this.#opened = null;
  }

  /** It has ended. */
  close(cause, error) {
    this.#opened?.reject(error);
    this.#closed?.resolve(cause);
    this.#opened = this.#closed = null;
  }
}

function deferred() {
  const one = {};
  one.promise = new Promise((resolve, reject) => Object.assign(one, { resolve, reject }));
  // The `close` event says it too.
  one.promise.catch(() => {});
  return one;
}
