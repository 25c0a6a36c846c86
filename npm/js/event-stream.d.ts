/**
 * A channel by Server-Sent Events, and the parser of event streams alone.
 *
 * @packageDocumentation
 */
import { PacedPush, Push, type PushOptions, type RequestOptions } from './push.js';

export type { Gap, PacedPush, Push, PushData, PushEventMap, PushLimits, PushOptions, RequestOptions } from './push.js';
export default EventStream;

export interface EventStreamOptions extends PushOptions {
  /** `include` sends credentials to other origins too; an EventSource can't omit them for its own. Default: `same-origin`. */
  credentials?: 'same-origin' | 'include';
}

/** By the browser's EventSource, which is closed where it would connect again by itself. What is sent is a POST. */
export class EventStream extends Push {
  /**
   * @throws SyntaxError (DOMException): the URL is none.
   * @throws TypeError, RangeError: an option is none.
   * @throws NotSupportedError (DOMException): credentials are to be omitted.
   */
  constructor(url: string | URL, options?: EventStreamOptions);
}

export interface FetchStreamOptions extends RequestOptions {
  /** Of the request that receives. Default: GET. */
  method?: string;
  /** Of the request that receives; no stream, which could be read only once. */
  body?: Exclude<BodyInit, ReadableStream>;
}

/** By `fetch`, where headers, another method or a body are needed. */
export class FetchStream extends PacedPush {
  /**
   * @throws SyntaxError (DOMException): the URL is none.
   * @throws TypeError, RangeError: an option is none.
   */
  constructor(url: string | URL, options?: FetchStreamOptions);
  /** What the server has said in `retry:`, in milliseconds. */
  readonly retry: number | undefined;
}

/** An event as the standard has it. */
export interface StreamedEvent {
  /** `message` where the stream says nothing else. */
  readonly type: string;
  readonly data: string;
  readonly lastEventId: string;
}

/** What a stream says, in its order. */
export interface EventStreamSink {
  event?(event: StreamedEvent): void;
  comment?(text: string): void;
  retry?(ms: number): void;
}

/** A line, or an event's data, is larger than it may be. */
export class EventStreamLimitError extends Error {
  readonly limit: number;
}

/**
 * Reads event streams as the HTML standard says, in whatever pieces they arrive.
 *
 * ```ts
 * import { EventStreamParser } from 'tautline/event-stream';
 *
 * const parser = new EventStreamParser({ event: ({ data }) => console.log(data) });
 * for await (const bytes of (await fetch('/completions', { method: 'POST' })).body!) parser.push(bytes);
 * ```
 */
export class EventStreamParser {
  /** `limit`: the most UTF-16 units of a line, and of an event's data. Default: 16,777,216. */
  constructor(sink?: EventStreamSink, options?: { limit?: number });
  /** The id of the last event, which the next one has too unless it says another. */
  readonly lastEventId: string;
  /** @throws EventStreamLimitError, then and from then on. */
  push(chunk: Uint8Array | ArrayBuffer | string): void;
  /** The stream is over: what has not ended is dropped. */
  end(): void;
}
