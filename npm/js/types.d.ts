import type { ReconnectingOptions, RetryCause, GaveUpReason } from './options.js';

export * from './options.js';

/** What `send` takes: the types of the standard's WebSocket interface. */
export type SendData = string | ArrayBufferLike | Blob | ArrayBufferView;

/** A message as it arrives without a codec; binary ones as `binaryType` says. */
export type MessageData = string | Blob | ArrayBuffer;

/** A URL, or a function that says it before each attempt, also later. */
export type UrlProvider = string | URL | ((attempt: Attempt) => UrlAnswer | PromiseLike<UrlAnswer>);

/** Subprotocols, best first, or a function that says them before each attempt. */
export type ProtocolsProvider =
  | string
  | string[]
  | ((attempt: Attempt) => string | string[] | undefined | null | PromiseLike<string | string[] | undefined | null>);

/** What a provider is told of the attempt it is asked for. */
export interface Attempt {
  /** How many retries came before it since the last connection that lasted. */
  readonly retry: number;
  /** Why the last attempt or connection ended. */
  readonly last: RetryCause | undefined;
}

/**
 * What a provider says: a URL; a URL with subprotocols and for how long they may be used again, in milliseconds; or `null`: there is
 * to be no further attempt. One that throws or rejects counts as a failed attempt.
 */
export type UrlAnswer = string | URL | { url: string | URL; protocols?: string | string[]; validForMs?: number } | null;

/** The state of the reconnecting layer by name. See {@link ReconnectingWebSocket.phase}. */
export type Phase =
  | 'idle'
  | 'waiting'
  | 'probing'
  | 'resolving'
  | 'opening'
  | 'greeting'
  | 'up'
  | 'closing'
  | 'suspended'
  | 'closed';

/**
 * What became of a message.
 *
 * - `queued`: it waits in the outbox.
 * - `handed-over`: the browser has it. Whether it arrives nobody can tell without an answer from the server.
 * - `dropped`: the outbox was full, and it was the one to go.
 * - `expired`: its time to live ran out before it could be sent.
 * - `failed`: the socket was closed, or gave up, before it could be sent; or the browser refused it.
 * - `unknown`: it was handed over, and then the connection ended: it may or may not have arrived.
 */
export type Fate = 'queued' | 'handed-over' | 'dropped' | 'expired' | 'failed' | 'unknown';

/** Follows one message: see {@link ReconnectingWebSocket.post}. */
export interface Receipt {
  /** The message's number: the first is 0. `undefined` until the machine has it, and on a plain socket. */
  readonly id: number | undefined;
  /** What is known of it now. `handed-over` may still become `unknown`. */
  readonly fate: Fate;
  /** The first fate that is not `queued`. Never rejects. */
  readonly sent: Promise<Exclude<Fate, 'queued'>>;
}

/** For one message: see {@link ReconnectingWebSocket.post}. */
export interface PostOptions {
  /** For how long it may wait for a connection, in milliseconds. Default: without limit. */
  ttlMs?: number;
  /** Send it now or not at all: it is never queued. In the `open` event it goes before the queue. */
  now?: boolean;
}

/** How a connection ended. */
export interface CloseInfo {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
}

/** Counts of one socket, from its beginning on. Times are in milliseconds. */
export interface Metrics {
  /** Attempts to connect, candidates to replace a connection included. */
  readonly attempts: number;
  /** Connections that were up. */
  readonly opens: number;
  /** Connections that were up and were replaced by a newer one without a gap. */
  readonly replaced: number;
  /** How connections ended: how many by each close code. */
  readonly closes: Readonly<Record<number, number>>;
  /** Connections given up since nothing came. */
  readonly dead: number;
  readonly messagesSent: number;
  readonly bytesSent: number;
  readonly messagesReceived: number;
  /** Of text, the length in UTF-16 units: it is not encoded to be counted. */
  readonly bytesReceived: number;
  readonly dropped: number;
  readonly expired: number;
  readonly failed: number;
  readonly unknown: number;
  /** The last round trip of the heartbeat. */
  readonly roundTripMs: number | undefined;
  readonly shortestRoundTripMs: number | undefined;
  /** For how long there was a connection. */
  readonly connectedMs: number;
  /** What waits in the outbox. */
  readonly queuedMessages: number;
  readonly queuedBytes: number;
}

/** `connecting`: an attempt begins. */
export interface ConnectingEvent extends Event {
  readonly attempt: number;
  /** Which endpoint, from 0. */
  readonly endpoint: number;
}
/** `retry`: an attempt follows after a wait. */
export interface RetryEvent extends Event {
  readonly delayMs: number;
  readonly attempt: number;
  readonly cause: RetryCause;
}
/** `replacefailed`: a connection that was to replace the live one did not come up. The live one stays. */
export interface ReplaceFailedEvent extends Event {
  readonly cause: RetryCause;
  /** When another follows; `undefined` if none does. */
  readonly delayMs: number | undefined;
}
/** `gaveup`: there will be no further attempt. The `close` event follows. */
export interface GaveUpEvent extends Event {
  readonly why: GaveUpReason;
}
/** `fate`: what became of accepted messages, all those with numbers from `first` to `last`, but for such that had met another end before. */
export interface FateEvent extends Event {
  readonly first: number;
  readonly last: number;
  readonly fate: Fate;
  readonly messages: number;
  readonly bytes: number;
}
/** `statechange`: the socket is in another phase. */
export interface StateChangeEvent extends Event {
  readonly phase: Phase;
  readonly previous: Phase;
}
/** `plain`: the machine could not be loaded, or is lost; the socket goes on as a plain one, without reconnecting. */
export interface PlainEvent extends Event {
  /** Why. */
  readonly error: unknown;
}
/** `decoded`: a message, by the codec. Only with one. */
export interface DecodedEvent<Received> extends Event {
  readonly value: Received;
}
/** `decodeerror`: the codec could not read a message. */
export interface DecodeErrorEvent extends Event {
  readonly error: unknown;
  readonly data: MessageData;
}

/** The events by name. */
export interface ReconnectingEventMap<Received = MessageData> {
  open: Event;
  message: MessageEvent;
  error: Event;
  close: CloseEvent;
  connecting: ConnectingEvent;
  retry: RetryEvent;
  replacefailed: ReplaceFailedEvent;
  gaveup: GaveUpEvent;
  fate: FateEvent;
  statechange: StateChangeEvent;
  plain: PlainEvent;
  decoded: DecodedEvent<Received>;
  decodeerror: DecodeErrorEvent;
}

/** How messages wait for `for await`: see {@link ReconnectingWebSocket.messages}. */
export interface MessagesOptions {
  /** The most messages that wait to be taken. Default: 10,000. */
  maxMessages?: number;
  /** The most bytes that those have; of text, UTF-16 units. Default: 64 MiB. */
  maxBytes?: number;
  /** What happens beyond: the iteration ends with an error (the default), or messages are dropped. */
  overflow?: 'fail' | 'drop-oldest' | 'drop-newest';
  /** Ends the iteration. */
  signal?: AbortSignal;
}

/** Messages in their order, to be taken with `for await`. Ends when the socket is closed for good. */
export interface Messages<Received> extends AsyncIterableIterator<Received> {
  /** How many were dropped since they were not taken in time. */
  readonly dropped: number;
  return(value?: unknown): Promise<IteratorResult<Received>>;
}

/** Turns values into messages and back. */
export interface Codec<Received, Sent> {
  encode(value: Sent): string | BufferSource | Blob;
  /** While it takes its time, 10,000 messages and 64 MiB wait for it at most; one more is a `decodeerror` with a QuotaExceededError. */
  decode(data: MessageData): Received | PromiseLike<Received>;
}

/** Closes, and waits for the end: `await using socket = …`, where the library of types has `Symbol.asyncDispose`. */
type Disposal = SymbolConstructor extends { readonly asyncDispose: infer Name extends symbol }
  ? Record<Name, () => Promise<void>>
  : object;

export interface ReconnectingWebSocket<Received = MessageData, Sent = SendData> extends Disposal {}

/**
 * The browser's WebSocket, and it stays up: where a connection is lost it makes another one.
 *
 * The interface is the standard's (WHATWG WebSockets, section 3.1), with the same exceptions and the browser's own events.
 * `close` is the end of a connection that was up, or of the socket: `event.target.readyState` is CONNECTING where another attempt
 * follows, and CLOSED where none does. An attempt that fails is a `retry` event.
 *
 * ```ts
 * import { ReconnectingWebSocket } from 'tautline';
 *
 * const socket = new ReconnectingWebSocket('wss://example.com/live');
 * socket.addEventListener('message', (event) => console.log(event.data));
 * socket.addEventListener('retry', (event) => console.log(`again in ${event.delayMs} ms`));
 * socket.send('waits until there is a connection');
 * ```
 *
 * @typeParam Received - What arrives, by the codec.
 * @typeParam Sent - What `post` takes, by the codec.
 */
export class ReconnectingWebSocket<Received = MessageData, Sent = SendData> extends EventTarget implements WebSocket {
  static readonly CONNECTING: 0;
  static readonly OPEN: 1;
  static readonly CLOSING: 2;
  static readonly CLOSED: 3;
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSING: 2;
  readonly CLOSED: 3;

  /**
   * Begins to connect, unless `startClosed` is set.
   *
   * @throws SyntaxError (DOMException): the URL or a subprotocol is none.
   * @throws TypeError, RangeError: an option is none; the message names it, its value and its limits.
   */
  constructor(url: UrlProvider, protocols?: ProtocolsProvider | null, options?: ReconnectingOptions<Received, Sent>);

  /** The URL of the last attempt, as the browser writes it; empty while a provider has not answered yet. */
  readonly url: string;
  /** OPEN while there is a connection, CONNECTING while there is to be one. */
  readonly readyState: 0 | 1 | 2 | 3;
  /** Bytes that the browser has not sent yet, and those that wait in the outbox. */
  readonly bufferedAmount: number;
  readonly extensions: string;
  readonly protocol: string;
  binaryType: BinaryType;
  onopen: ((this: WebSocket, event: Event) => any) | null;
  onmessage: ((this: WebSocket, event: MessageEvent) => any) | null;
  onerror: ((this: WebSocket, event: Event) => any) | null;
  onclose: ((this: WebSocket, event: CloseEvent) => any) | null;

  /**
   * Sends, or queues while there is no connection; with retries turned off it throws while CONNECTING, as the standard says.
   *
   * In CLOSING and CLOSED nothing is sent, `bufferedAmount` grows as the standard says, and a `fate` event says `failed`.
   *
   * @throws InvalidStateError (DOMException): CONNECTING, with retries turned off.
   * @throws QuotaExceededError (DOMException): the outbox has no room and is to reject.
   */
  send(data: SendData): void;
  /**
   * Closes for good, unless `reconnect` is called.
   *
   * @throws InvalidAccessError (DOMException): the code is neither 1000 nor in 3000 to 4999.
   * @throws SyntaxError (DOMException): the reason is longer than 123 bytes of UTF-8.
   */
  close(code?: number, reason?: string): void;

  /** Encodes by the codec where there is one, sends or queues as `send` does, and follows what becomes of it. */
  post(value: Sent, options?: PostOptions): Receipt;
  /**
   * Connects anew, from every state: a live connection is closed with the code given (1000), a wait ends, what was given up is taken
   * up again.
   */
  reconnect(code?: number, reason?: string): void;
  /**
   * Replaces the live connection without a gap: another one takes over when it is up. `false` where there is none, or it is being
   * replaced already. What the server has sent over the old one, and the browser has not delivered by then, is lost: browsers deliver
   * nothing after `close()`.
   */
  replace(): boolean;

  /** The state by name. Before the machine is loaded it is what can be seen without. */
  readonly phase: Phase;
  /** How many retries there were since the last connection that lasted. */
  readonly retryCount: number;
  /** What has been counted up to now. */
  readonly metrics: Metrics;
  /** Whether the machine is in charge: `false` before it is loaded, and on a plain socket. */
  readonly managed: boolean;
  /** Fulfils when there is a connection, at once if there is one. Rejects when the socket is closed for good before. */
  readonly opened: Promise<this>;
  /** Fulfils when the socket is closed for good. */
  readonly closed: Promise<CloseInfo>;
  /** Messages from now on, decoded where there is a codec. */
  messages(options?: MessagesOptions): Messages<Received>;
  [Symbol.asyncIterator](): Messages<Received>;

  addEventListener<K extends keyof ReconnectingEventMap<Received>>(
    type: K,
    listener: (this: this, event: ReconnectingEventMap<Received>[K]) => any,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<K extends keyof ReconnectingEventMap<Received>>(
    type: K,
    listener: (this: this, event: ReconnectingEventMap<Received>[K]) => any,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | EventListenerOptions,
  ): void;
}
