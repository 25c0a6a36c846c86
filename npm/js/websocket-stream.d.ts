/**
 * A channel over WebSocket.
 *
 * @packageDocumentation
 */
import { PacedPush, Push, type PushOptions } from './push.js';

export type { Gap, PacedPush, Push, PushData, PushEventMap, PushLimits, PushOptions } from './push.js';
export default StreamedWebSocket;

/** By WebSocketStream, where the browser has it: what is not read is not taken from the network either. */
export class StreamedWebSocket extends PacedPush {
  /** Whether the browser has it. */
  static readonly isSupported: boolean;
  /**
   * @throws NotSupportedError (DOMException): the browser has no WebSocketStream.
   * @throws SyntaxError (DOMException): the URL is none.
   * @throws TypeError, RangeError: an option is none.
   */
  constructor(url: string | URL, options?: PushOptions);
}

/** By the browser's WebSocket. */
export class FramedWebSocket extends Push {
  /**
   * @throws SyntaxError (DOMException): the URL is none.
   * @throws TypeError, RangeError: an option is none.
   */
  constructor(url: string | URL, options?: PushOptions);
}
