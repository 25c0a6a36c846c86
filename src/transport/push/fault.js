// Why a transport ends: the code and the reason of its close event.

export class Fault extends Error {
  /**
   * `kind` names what is wrong with a frame, as the tests' vectors do. `retriable`: to ask again may help.
   */
  constructor(code, reason, { kind, retriable = false, retryAfter } = {}) {
    super(reason);
    this.name = 'Fault';
    this.code = code;
    this.reason = reason;
    this.kind = kind;
    this.retriable = retriable;
    this.retryAfter = retryAfter;
  }

  /** Whatever was thrown, as one. */
  static of(error) {
    return error instanceof Fault ? error : new Fault(1006, 'the transport failed');
  }
}

/** What was sent is none of the protocol's, or has no place there. */
export const malformed = (reason, kind) => new Fault(4400, reason, { kind });

/** A frame or an answer beyond what may be kept. */
export const tooLarge = (what, limit) => new Fault(4413, `${what} has more than ${limit} bytes`, { kind: 'TooLarge' });

/** The connection is lost: the network's doing, or nobody knows whose. */
export const lost = (reason) => new Fault(1006, reason, { retriable: true });
