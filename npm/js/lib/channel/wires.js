// The transports that are open, and the frames that they bring: of a message only the offset goes to the machine.
import { openTransport } from '../../../../src/transport/push/kinds.js';
import { FRAME_OVERHEAD } from '../../../../src/transport/push/frames.js';

/** The most that a frame may have, as every transport of ours keeps it. */
const MOST = 16 * 1024 * 1024 + FRAME_OVERHEAD;
/** The most UTF-16 units of a frame that is no message. */
const MOST_CONTROL = 64 * 1024;

const [M, COLON, ZERO] = [109, 58, 48];

/** PROTOCOL.md's code for it. */
const TOO_LARGE = 4413;

export class Wires {
  #driver;
  #open = new Map();

  /** `driver` has `message(id, offset, payload)`, which is asked whether it may be so; `frame(id, text, isBinary)` and `ended(id, close)`. */
  constructor(driver) {
    this.#driver = driver;
  }

  /** Opens one. Throws what the browser throws. */
  open(id, kind, url, options, { waits, more }) {
    const wire = openTransport(kind, url, { ...options, frames: true }, waits, more);
    wire.binaryType = 'arraybuffer';
    wire.onmessage = ({ data }) => this.#take(id, data);
    wire.onclose = (close) => {
      this.#forget(id);
      this.#driver.ended(id, close);
    };
    this.#open.set(id, wire);
  }

  send(id, frame) {
    const wire = this.#open.get(id);
    // One that is not OPEN any more is one whose close event is on the way.
    if (wire?.readyState === 1) wire.send(frame);
  }

  /** Detaches, then closes. */
  abort(id) {
    this.#forget(id)?.close();
  }

  abortAll() {
    for (const id of [...this.#open.keys()]) this.abort(id);
  }

  #forget(id) {
    const wire = this.#open.get(id);
    if (wire) wire.onmessage = wire.onclose = null;
    this.#open.delete(id);
    return wire;
  }

  #take(id, data) {
    const isText = typeof data === 'string';
    const bytes = isText ? null : new Uint8Array(data);
    const { length } = isText ? data : bytes;
    if (length > MOST) {
      this.abort(id);
      this.#driver.ended(id, { code: TOO_LARGE, reason: 'a frame is larger than may be', wasClean: false });
      return;
    }
    // As PROTOCOL.md has it: the letter, a number without leading zeros, a colon.
    let at = 1;
    let offset = 0;
    let unit = 0;
    if ((isText ? data.charCodeAt(0) : bytes[0]) === M) {
      for (; at < FRAME_OVERHEAD && at < length; at += 1) {
        unit = isText ? data.charCodeAt(at) : bytes[at];
        const digit = unit - ZERO;
        if (digit < 0 || digit > 9 || (offset === 0 && at > 1)) break;
        offset = offset * 10 + digit;
      }
    }
    if (unit === COLON && offset > 0 && Number.isSafeInteger(offset)) {
      this.#driver.message(id, offset, data, at + 1);
      return;
    }
    // What is wrong shows at the beginning.
    if (isText) this.#driver.frame(id, length > MOST_CONTROL ? '' : data, false);
    else this.#driver.frame(id, String.fromCharCode(...bytes.subarray(0, FRAME_OVERHEAD)), true);
  }
}
