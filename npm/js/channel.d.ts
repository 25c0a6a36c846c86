/**
 * Messages that arrive once and in order, or whose loss is told, across dropped connections and across transports.
 *
 * @packageDocumentation
 */
export default Channel;

/** A way over which a channel can run. */
export type ChannelKind = 'websocket' | 'websocket-stream' | 'event-stream' | 'fetch-stream' | 'long-polling' | 'polling';

/** What `send` takes; bytes are copied. Of a Blob send its `arrayBuffer()`. */
export type ChannelData = string | ArrayBufferLike | ArrayBufferView;

/** A message as it arrives. */
export type ChannelPayload = string | ArrayBuffer;

/**
 * Where a channel stands.
 *
 * - `idle`: this is no browser, and nothing is done.
 * - `waiting`: for the next attempt.
 * - `probing`: the server is asked over HTTP whether it is there.
 * - `opening`: a transport, or before it the module, is on its way.
 * - `up`: connected.
 * - `closing`: `close` was called, and what was sent is not acknowledged yet.
 * - `suspended`: the page was put away, or a reader is behind.
 * - `closed`: it has ended.
 */
export type ChannelPhase = 'idle' | 'waiting' | 'probing' | 'opening' | 'up' | 'closing' | 'suspended' | 'closed';

/**
 * What became of a message that was sent.
 *
 * - `accepted`: the server has it.
 * - `unknown`: it was handed over, and the server that might have had it remembers nothing: it was handled once, or not at all.
 * - `notsent`: it was never handed over.
 */
export type ChannelFate = 'accepted' | 'unknown' | 'notsent';

/** A place in a channel. */
export interface ChannelPosition {
  /** Names the channel's life. */
  readonly epoch: string;
  /** The offset of the last message that was seen. */
  readonly offset: number;
}

/** Which messages are missing. */
export type ChannelGap =
  /** The history did not reach back far enough: these offsets, both included. */
  | { readonly kind: 'trimmed'; readonly from: number; readonly to: number }
  /** The channel began anew: what came after `before` in its old life, if anything did, and of its new life all up to `after`. */
  | { readonly kind: 'new-epoch'; readonly before: ChannelPosition; readonly after: ChannelPosition };

/** How the server broke the protocol, with what was to come and what came, where that is a number. */
export interface ChannelProtocolError {
  readonly kind: 'frame' | 'hello' | 'no-hello' | 'misplaced' | 'jumped' | 'repeated' | 'accepted' | 'elsewhere';
  readonly expected?: number;
  readonly found?: number;
}

/** Why a connection or the channel has ended. */
export type ChannelCause =
  /** `close` was called. */
  | { readonly kind: 'closed' }
  /** What was received has not been taken; it goes on from there once it is. */
  | { readonly kind: 'behind' }
  /** The page was put away; its return connects again. */
  | { readonly kind: 'put-away' }
  /** The transport ended. */
  | { readonly kind: 'ended'; readonly close: { readonly code: number; readonly reason: string; readonly wasClean: boolean } }
  /** There was no hello in time. */
  | { readonly kind: 'timeout'; readonly ms: number }
  /** Nothing was heard of the server. */
  | { readonly kind: 'silent'; readonly ms: number }
  /** Asked over HTTP, the server said that it does not want this client. */
  | { readonly kind: 'refused'; readonly status: number }
  /** The server has forgotten the session; another one begins. */
  | { readonly kind: 'forgotten' }
  | { readonly kind: 'protocol'; readonly error: ChannelProtocolError }
  /** The browser has none of the transports, or makes none for this URL. */
  | { readonly kind: 'not-made' }
  /** The module inside this package could not be loaded: a policy, no WebAssembly, no `DecompressionStream`. */
  | { readonly kind: 'not-loaded'; readonly error: unknown }
  /** The module has failed, for want of memory perhaps. `reconnect` begins with another instance. */
  | { readonly kind: 'crashed' };

/** The channel has ended. */
export class ChannelError extends Error {
  constructor(why: ChannelCause);
  readonly name: 'ChannelError';
  readonly why: ChannelCause;
}

/** The wait before an attempt, in milliseconds: drawn up to a limit that grows; between two limits; one after the other; by a function. */
export type ChannelBackoff =
  | { baseMs?: number; factor?: number; capMs?: number }
  | { delayMs: number; spreadMs: number }
  | number[]
  | ((retry: number, random: number) => number);

/** Options of a channel. Times are in milliseconds. */
export interface ChannelOptions {
  /** The ways to use, best first. Default: WebSocket, event stream, long polling, polling; with `headers` fetch stream, long polling, polling. */
  transports?: ChannelKind[];
  /** Default: up to 1 s, 3 s, 9 s, 20 s. */
  backoff?: ChannelBackoff;
  /** How long an attempt may take until the server's hello. Default: 10,000. */
  connectTimeoutMs?: number;
  /** How long a connection has to last until the count of retries begins anew. Default: 5,000. */
  stableAfterMs?: number;
  /** How often a transport has to fail, while the server can be asked over HTTP, until the next one is tried. Default: 2. */
  blockedAfter?: number;
  /** How long the question over HTTP may take. Default: 5,000. */
  probeTimeoutMs?: number;
  /** After how long on a lower transport a better one is tried beside it; later after twice as long, and so on. Default: 30,000. */
  upgradeAfterMs?: number;
  /** The longest wait between two such tries. Default: 600,000. */
  upgradeCapMs?: number;
  /** How long a server that was asked for a sign may take. Default: 5,000. */
  beatTimeoutMs?: number;
  /** How long `close` waits for what was sent to be acknowledged. Default: 5,000. */
  closeTimeoutMs?: number;
  /** How many messages may wait for their acknowledgement. Default: 1,000. */
  maxMessages?: number;
  /** How many bytes they may have together. Default: 4 MiB. */
  maxBytes?: number;
  /** How long the server may hold a long poll. Default: 25,000. */
  pollWaitMs?: number;
  /** The wait between an answer and the next poll. Default: 2,000. */
  pollEveryMs?: number;
  /** Goes on after this position, or after a message's `lastEventId`. Default: only what is new. */
  startAt?: ChannelPosition | string;
  /** Whether the transport that works is remembered for the next visit, in `localStorage`, for a day. Default: true. */
  remember?: boolean;
  /** Headers of each request. A browser sends none with a WebSocket or an EventSource. */
  headers?: HeadersInit;
  /** As `fetch` has it; an EventSource knows no `omit`, a WebSocket none of them. Default: `same-origin`. */
  credentials?: RequestCredentials;
  /** Closes the channel when it is aborted. */
  signal?: AbortSignal;
}

/** What a reader has. */
export type ChannelItem =
  | { readonly type: 'message'; readonly data: ChannelPayload; readonly offset: number; readonly lastEventId: string }
  /** Here messages are missing. */
  | { readonly type: 'missed'; readonly gap: ChannelGap };

/** Limits of a reader. */
export interface ChannelReaderOptions {
  /** How many messages wait before the channel does. Default: 10,000. */
  maxMessages?: number;
  /** How many bytes; of text, UTF-16 units. Default: 64 MiB. */
  maxBytes?: number;
  /** Ends it. */
  signal?: AbortSignal;
}

/** Messages in their order, to be taken with `for await`. Ends with the channel. */
export interface ChannelReader extends AsyncIterableIterator<ChannelItem> {
  return(value?: unknown): Promise<IteratorResult<ChannelItem>>;
}

/** `open`: the channel is up; `recovered`: exactly where it was. */
export interface ChannelOpenEvent extends Event {
  readonly kind: ChannelKind;
  readonly recovered: boolean;
}
/** `missed`: messages are missing here. Ask for the state as a whole. */
export interface ChannelMissedEvent extends Event {
  readonly gap: ChannelGap;
}
/** `moved`: another transport has taken over, without a loss. `steppeddown`: one seems to be blocked, and a lower one is used. */
export interface ChannelMoveEvent extends Event {
  readonly from: ChannelKind;
  readonly to: ChannelKind;
}
/** `lost`: the connection is. `close`: the channel has ended. */
export interface ChannelEndEvent extends Event {
  readonly cause: ChannelCause;
}
/** `retry`: an attempt follows after a wait. */
export interface ChannelRetryEvent extends Event {
  readonly delayMs: number;
  readonly attempt: number;
}
/** `fate`: what became of the messages with the numbers from `first` to `last`. */
export interface ChannelFateEvent extends Event {
  readonly first: number;
  readonly last: number;
  readonly fate: ChannelFate;
}

/** The events by name. */
export interface ChannelEventMap {
  open: ChannelOpenEvent;
  /** `lastEventId` is `EPOCH:OFFSET`. */
  message: MessageEvent<ChannelPayload>;
  missed: ChannelMissedEvent;
  moved: ChannelMoveEvent;
  lost: ChannelEndEvent;
  retry: ChannelRetryEvent;
  steppeddown: ChannelMoveEvent;
  fate: ChannelFateEvent;
  close: ChannelEndEvent;
}

/** Closes, and waits for the end: `await using channel = …`, where the library of types has `Symbol.asyncDispose`. */
type Disposal = SymbolConstructor extends { readonly asyncDispose: infer Name extends symbol }
  ? Record<Name, () => Promise<void>>
  : object;

export interface Channel extends Disposal {}

/**
 * A channel: messages in both directions that arrive once and in order, or whose loss is told, across dropped connections and whatever carries
 * them. The server has to speak the protocol of PROTOCOL.md.
 *
 * ```ts
 * import { Channel } from 'tautline/channel';
 *
 * const channel = new Channel('https://example.com/channel/news');
 * channel.onmessage = ({ data, lastEventId }) => console.log(lastEventId, data);
 * channel.onmissed = () => location.reload();
 * channel.send('kept until the server has it');
 * ```
 */
export class Channel extends EventTarget {
  /**
   * @param url With the scheme http, https, ws or wss, or relative to the page.
   * @throws SyntaxError (DOMException): the URL is none.
   * @throws TypeError, RangeError: an option is none.
   */
  constructor(url: string | URL, options?: ChannelOptions);

  readonly url: string;
  readonly phase: ChannelPhase;
  /** The transport that it runs over, or would. */
  readonly kind: ChannelKind;
  /** The last message that was delivered: where `startAt` goes on, in another visit perhaps. */
  readonly position: ChannelPosition | undefined;
  /** What is sent and not acknowledged. */
  readonly unacknowledged: { readonly messages: number; readonly bytes: number };
  /** How many messages came twice and were dropped: no more than what two transports had in common while one took over. */
  readonly repeated: number;
  /** Fulfils once it is up. Rejects with a {@link ChannelError} if it ends before. */
  readonly opened: Promise<ChannelKind>;
  /** Fulfils at the end; never rejects. */
  readonly closed: Promise<ChannelCause>;

  /**
   * Sends a message, now or once there is a connection. It is kept until the server has acknowledged it. Gives its number: the first is 1.
   *
   * @throws InvalidStateError (DOMException): the channel is closed.
   * @throws QuotaExceededError (DOMException): there is no room, or the server takes none so large.
   * @throws TypeError: it is neither a string nor bytes.
   */
  send(data: ChannelData): number;
  /** Sends a message, and fulfils with what became of it. Rejects with what `send` throws. */
  sendConfirmed(data: ChannelData): Promise<ChannelFate>;
  /** Takes no more messages, waits until those that were sent are acknowledged, for `closeTimeoutMs` at most, and ends. */
  close(): void;
  /** Tries at once, or begins again after the end. */
  reconnect(): void;
  /**
   * Messages from now on, across all connections, until the channel ends. A reader that is full makes the channel give up its connection, so that
   * what comes waits in the server's history; it goes on once half was taken. Leave it by `break`, `return()` or its signal: one that is full
   * and forgotten holds the channel back.
   */
  messages(options?: ChannelReaderOptions): ChannelReader;
  [Symbol.asyncIterator](): ChannelReader;

  onopen: ((this: this, event: ChannelOpenEvent) => any) | null;
  onmessage: ((this: this, event: MessageEvent<ChannelPayload>) => any) | null;
  onmissed: ((this: this, event: ChannelMissedEvent) => any) | null;
  onmoved: ((this: this, event: ChannelMoveEvent) => any) | null;
  onlost: ((this: this, event: ChannelEndEvent) => any) | null;
  onretry: ((this: this, event: ChannelRetryEvent) => any) | null;
  onsteppeddown: ((this: this, event: ChannelMoveEvent) => any) | null;
  onfate: ((this: this, event: ChannelFateEvent) => any) | null;
  onclose: ((this: this, event: ChannelEndEvent) => any) | null;

  addEventListener<K extends keyof ChannelEventMap>(
    type: K,
    listener: (this: this, event: ChannelEventMap[K]) => any,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void;
  removeEventListener<K extends keyof ChannelEventMap>(
    type: K,
    listener: (this: this, event: ChannelEventMap[K]) => any,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | EventListenerOptions): void;
}
