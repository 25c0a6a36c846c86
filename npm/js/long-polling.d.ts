/**
 * A channel by long polling: the server holds each request until there is news.
 *
 * @packageDocumentation
 */
import { PacedPush, type RequestOptions } from './push.js';

export type { Gap, PacedPush, Push, PushData, PushEventMap, PushLimits, PushOptions, RequestOptions } from './push.js';
export default LongPolling;

export interface LongPollingOptions extends RequestOptions {
  /** For how many milliseconds the server may hold a request. Default: 25,000. */
  wait?: number;
}

/**
 * Of its ends with 1006, `no answer in time` is the silence of a request that was held for longer than `wait` and `timeout`, `the answer stopped in
 * the middle` the silence after it had begun; one that the application ends is 1005, or has its code.
 */
export class LongPolling extends PacedPush {
  /**
   * @throws SyntaxError (DOMException): the URL is none.
   * @throws TypeError, RangeError: an option is none.
   */
  constructor(url: string | URL, options?: LongPollingOptions);
  /** How many polls were made. */
  readonly requests: number;
}
