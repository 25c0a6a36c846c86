// One connection at a time through the wasm module, and what the page may know of it.
import { openFeed } from './wire-feed.js';
import { resolveTarget } from './target.js';

/** The names of `readyState`, by its value. */
export const STATE_NAMES = ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'];
const CLOSED = 3;
const WATCH_MS = 50;

/** What there is: nothing yet, a feed being opened before the socket, a socket, or one that was dropped. */
const IDLE = { phase: 'idle' };

/**
 * Calls back with what happens:
 * - `onTarget(target)` before connecting, `onRecord(record)`/`onFeed(status)` for what the server shows of the wire;
 * - `onCall(name, args, at)`, `onThrow(name, error, at)`, `onEvent(event, at)` with milliseconds since connecting;
 * - `onState(snapshot)` whenever something of the state may have changed.
 */
export class Connection {
  #TypedWebSocket;
  #callbacks;
  #current = IDLE;
  #feed = null;
  #binaryType = 'arraybuffer';
  #watch = null;

  constructor(TypedWebSocket, callbacks) {
    this.#TypedWebSocket = TypedWebSocket;
    this.#callbacks = callbacks;
  }

  /** Whether a new connection would get in the way of one that is there. */
  get busy() {
    const { phase, socket } = this.#current;
    return phase === 'preparing' || (phase === 'live' && socket.readyState !== CLOSED);
  }

  /** Connects; what the constructor throws is thrown on. Waits for the wire feed first, so that it misses nothing. */
  async connect(typed, protocols) {
    if (this.busy) return;
    this.#release();
    const target = resolveTarget(typed, location.href);
    const preparing = { phase: 'preparing' };
    this.#current = preparing;
    this.#callbacks.onTarget(target);
    this.#changed();
    if (target.feed) {
      const feed = await openFeed(target.feed, this.#callbacks);
      // Dropped while waiting.
      if (this.#current !== preparing) return feed?.close();
      this.#feed = feed;
    }
    this.#construct(target.url, protocols);
  }

  #construct(url, protocols) {
    const live = { phase: 'live', socket: null, start: performance.now(), entered: [0] };
    const at = () => performance.now() - live.start;
    this.#callbacks.onCall('new TypedWebSocket', { url, protocols }, 0);
    try {
      live.socket = new this.#TypedWebSocket(url, protocols, (event) => {
        // A connection that has been dropped since has nothing more to say.
        if (this.#current !== live) return;
        this.#changed();
        this.#callbacks.onEvent(event, at());
      });
    } catch (error) {
      this.#current = IDLE;
      this.#closeFeed();
      this.#callbacks.onThrow('new TypedWebSocket', error, at());
      this.#changed();
      throw error;
    }
    this.#current = live;
    live.socket.binaryType = this.#binaryType;
    // Nothing tells of CLOSING or of bufferedAmount: both can only be looked up.
    this.#watch = setInterval(() => this.#changed(), WATCH_MS);
    this.#changed();
  }

  /** Sends; throws what the module throws. Ask `hasSocket` first. */
  send(data) {
    this.#call('send', { data }, (socket) => socket.send(data));
  }

  /** Closes, with a code and a reason if given; throws what the module throws. Ask `hasSocket` first. */
  close(code, reason) {
    const args = code === undefined && reason === undefined ? {} : { code, reason };
    this.#call('close', args, (socket) => socket.close(code, reason));
  }

  /** Frees the socket at once; no event follows. */
  drop() {
    if (!this.busy) return;
    const { start } = this.#current;
    this.#callbacks.onCall('free', {}, start === undefined ? null : performance.now() - start);
    this.#release({ keepFeed: true });
    this.#changed();
  }

  /** How binary messages arrive, on this connection and on later ones. */
  set binaryType(value) {
    this.#binaryType = value;
    if (this.#current.phase === 'live') this.#current.socket.binaryType = value;
    this.#changed();
  }

  /** Whether there is a socket to call, in whatever state. */
  get hasSocket() {
    return this.#current.phase === 'live';
  }

  #call(name, args, action) {
    const { socket, start } = this.#current;
    this.#callbacks.onCall(name, args, performance.now() - start);
    try {
      action(socket);
    } catch (error) {
      this.#callbacks.onThrow(name, error, performance.now() - start);
      throw error;
    } finally {
      this.#changed();
    }
  }

  #release({ keepFeed = false } = {}) {
    if (this.#current.phase === 'live') this.#current.socket.free();
    this.#current = IDLE;
    clearInterval(this.#watch);
    // The server shows how a dropped connection ends, so its feed stays until the next one.
    if (!keepFeed) this.#closeFeed();
  }

  #closeFeed() {
    this.#feed?.close();
    this.#feed = null;
  }

  #changed() {
    const live = this.#current;
    if (live.phase !== 'live' || live.socket === null) {
      this.#callbacks.onState({ phase: live.phase });
      return;
    }
    const { socket } = live;
    const readyState = socket.readyState;
    live.entered[readyState] ??= performance.now() - live.start;
    if (readyState === CLOSED) clearInterval(this.#watch);
    this.#callbacks.onState({
      phase: 'live',
      readyState,
      entered: live.entered,
      url: socket.url,
      protocol: socket.protocol,
      extensions: socket.extensions,
      bufferedAmount: socket.bufferedAmount,
    });
  }
}
