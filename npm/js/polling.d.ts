/**
 * A channel by polling: the server is asked again and again.
 *
 * @packageDocumentation
 */
import { PacedPush, type RequestOptions } from './push.js';

export type { Gap, PacedPush, Push, PushData, PushEventMap, PushLimits, PushOptions, RequestOptions } from './push.js';
export default Polling;

export interface PollingOptions extends RequestOptions {
  /** Milliseconds between two requests. Default: 5,000. */
  every?: number;
  /**
   * `delay`: from an answer to the next request; `rate`: from request to request, so that answers may overtake each other. The order of messages is
   * kept either way. Default: `delay`.
   */
  fixed?: 'delay' | 'rate';
}

/**
 * ```ts
 * import { Polling } from 'tautline/polling';
 *
 * const channel = new Polling('https://example.com/channel/news', { every: 2000 });
 * channel.onmessage = ({ data, lastEventId }) => console.log(lastEventId, data);
 * ```
 */
export class Polling extends PacedPush {
  /**
   * @throws SyntaxError (DOMException): the URL is none.
   * @throws TypeError, RangeError: an option is none.
   */
  constructor(url: string | URL, options?: PollingOptions);
  /** How many polls were made. */
  readonly requests: number;
  /** At a fixed rate: how many were due while too many were under way. */
  readonly skipped: number;
  /** At a fixed rate: how many answers came after the answer to a later request. */
  readonly overtaken: number;
}
