import type { CloseInfo, Codec, MessageData, SendData, UrlProvider } from './types.js';

/** Why an attempt or a connection ended. */
export interface RetryCause {
  readonly kind:
    | 'resolve-failed'
    | 'resolve-timed-out'
    | 'probed'
    | 'rejected'
    | 'connect-failed'
    | 'connect-timed-out'
    | 'handshake-failed'
    | 'handshake-timed-out'
    | 'closed'
    | 'dead'
    | 'reconnect'
    | 'suspended';
  /** With `connect-failed` and `closed`. */
  readonly close?: CloseInfo;
  /** With `connect-timed-out`, how long it was given; with `dead`, for how long nothing came. */
  readonly ms?: number;
}

/** Why there will be no further attempt. */
export interface GaveUpReason {
  readonly kind: 'close-policy' | 'retries' | 'elapsed' | 'provider' | 'probe' | 'rejected';
  /** With `close-policy`: the close code. */
  readonly code?: number;
  /** With `retries`: how many were made. */
  readonly retries?: number;
  /** With `elapsed`: how long it has taken. */
  readonly ms?: number;
  /** With `probe`: the HTTP status that said so, if one did. */
  readonly status?: number;
}

/** What to do after a connection has ended: stop; come back at once, with backoff, or spread over the longest wait. */
export type CloseAction = 'never' | 'now' | 'backoff' | 'wide';

/** The wait before each retry. One of the four kinds; the first one by default. */
export type Backoff =
  | {
      /** The longest first wait: before retry n (from 0) uniform in [0, min(`capMs`, `baseMs` · `factor`ⁿ)]. Default: 1,000. */
      baseMs?: number;
      /** Default: 3. Less than 1 counts as 1. */
      factor?: number;
      /** The longest wait. Default: 20,000. */
      capMs?: number;
    }
  | {
      /** Always uniform in [`delayMs`, `delayMs` + `spreadMs`]. */
      delayMs: number;
      spreadMs: number;
    }
  /** One wait after the other, the last one again and again, without jitter. */
  | number[]
  /** Says how long to wait in milliseconds, from the number of the retry (from 0) and a random number in [0, 1). */
  | ((retry: number, random: number) => number);

/** When to come back, and for how long. */
export interface RetryOptions {
  backoff?: Backoff;
  /** How many retries may follow each other without a connection that lasted; 0 turns them off. Default: any number. */
  maxRetries?: number;
  /** How long to go on trying since the connection was lost. Default: for ever. */
  maxElapsedMs?: number;
  /** How long a connection has to last until failed attempts are forgotten. Default: 5,000. */
  stableAfterMs?: number;
  /** What each close code means, before the table of defaults; later ones first. A range includes both ends. */
  codes?: Array<{ code: number | [number, number]; action: CloseAction }>;
  /** Comes back with backoff after 1000 too. Default: `false`, the server is done. */
  normal?: boolean;
  /** Is asked before `codes`; `undefined` leaves it to them. */
  decide?: (close: CloseInfo) => CloseAction | undefined;
  /** The longest delay, and the longest spread, that a server's hint in the close reason can ask for. Default: 300,000. */
  hintLimitMs?: number;
}

/** How much may wait to be sent. */
export interface OutboxOptions {
  /** Default: 10,000. */
  maxMessages?: number;
  /** Default: 16 MiB. */
  maxBytes?: number;
  /** When it is full: `send` throws (the default), the oldest go, or the new one goes, each with its fate. */
  overflow?: 'reject' | 'drop-oldest' | 'drop-newest';
  /** Queue again what `bufferedAmount` still covered when a connection ended; such a message may arrive twice. Default: `false`. */
  requeue?: boolean;
  /** While this much is buffered in the browser, the outbox waits. Default: as the Rust crate's `SendMarks`. */
  highBytes?: number;
  /** Goes on at this much. */
  lowBytes?: number;
}

/** How a dead connection is found. Any traffic counts as life. */
export interface HeartbeatOptions {
  /** What is sent when it has been quiet. Without, it only listens. */
  message?: SendData | (() => SendData);
  /** Which messages are the answer: they are measured as a round trip and not handed on. */
  isReply?: (data: MessageData) => boolean;
  /** How long it has to be quiet. Default: 30,000. */
  intervalMs?: number;
  /** How long the answer may take. Default: 10,000. */
  timeoutMs?: number;
  /** Each wait is longer by a random part of this. Default: 5,000. */
  jitterMs?: number;
}

/** What a probe says of further attempts. */
export type Verdict = 'connect' | 'refresh' | 'wait' | { waitForMs: number } | 'stop' | { stop: number };

/** Asks over plain HTTP, before some attempts, whether it is of any use: a page can't see why a handshake was refused. */
export interface ProbeOptions {
  /** Default: the socket's own URL over HTTP. */
  url?: string | URL;
  /** In the place of the request. */
  ask?: (url: string) => Verdict | PromiseLike<Verdict>;
  /** Judges the status of the answer. */
  judge?: (status: number) => Verdict;
  /** After so many attempts that failed before they opened. Default: 2. */
  afterFailures?: number;
  /** At most one in this time. Default: 30,000. */
  everyMs?: number;
}

/** A connection that is being greeted: see {@link ReconnectingOptions.handshake}. */
export interface Greeting {
  readonly protocol: string;
  /** Sends on this connection, before anything that waits in the outbox. */
  send(data: SendData): void;
  /** The next message. */
  next(): Promise<MessageData>;
  /** Aborts when the connection ends or the handshake takes too long. */
  readonly signal: AbortSignal;
}

/** What a page and its network do to the socket. */
export interface PageOptions {
  /** Whether to listen to the page and its network at all. Default: `true`. */
  watch?: boolean;
  /** Closes after the page has been hidden for this long, and comes back when it is shown. Default: never. */
  closeHiddenAfterMs?: number;
  /** What to close with when the page is put away. Default: 4010 "page suspended". */
  suspendCode?: number;
  suspendReason?: string;
  /** After a sign that the network or the page is back, the next attempt comes at a random time up to this. Default: 1,000. */
  wakeSpreadMs?: number;
  /** The shortest wait while the browser says it is offline, half of it random. Default: 30,000. */
  offlineDelayMs?: number;
}

/** The options of the package reconnecting-websocket 4 and of partysocket 1, by their names and with their meaning. */
export interface CompatibleOptions {
  /** The first wait; with any of these three, waits are min(max, min · growᵏ), without jitter where this one is given. Default: 1,000 to 5,000. */
  minReconnectionDelay?: number;
  /** Default: 10,000. */
  maxReconnectionDelay?: number;
  /** Default: 1.3. */
  reconnectionDelayGrowFactor?: number;
  /** {@link RetryOptions.stableAfterMs}. */
  minUptime?: number;
  /** {@link ReconnectingOptions.connectTimeoutMs}. */
  connectionTimeout?: number;
  /** {@link RetryOptions.maxRetries}. */
  maxRetries?: number;
  /** How many messages may wait; a new one beyond is dropped, and its fate says so. */
  maxEnqueuedMessages?: number;
  /** Whether to say in the console what happens. */
  debug?: boolean;
  /** In the place of `console.log`. */
  debugLogger?: (...args: any[]) => void;
  /** `false` stops; otherwise it comes back. */
  shouldReconnectOnClose?: (event: CloseInfo) => boolean;
}

/** The third argument of the constructor. Every option has a default; times are in milliseconds. */
export interface ReconnectingOptions<Received = MessageData, Sent = SendData> extends CompatibleOptions {
  /** `false` turns retries off: then the socket behaves as the browser's own. */
  retry?: boolean | RetryOptions;
  /** How long a connection may take to open: one time, or the first attempt the first, each failed one the next. Default: 10, 20, 40, 60 s. */
  connectTimeoutMs?: number | number[];
  /** How long a provider or a probe may take. Default: 15,000. */
  resolveTimeoutMs?: number;
  /** How long the closing handshake may take. Default: 10,000. */
  closeTimeoutMs?: number;
  /** More places to connect to; they are tried in turn. */
  endpoints?: UrlProvider[];
  outbox?: OutboxOptions;
  heartbeat?: HeartbeatOptions;
  /** Which messages ask for the connection to be replaced. */
  isDrain?: (data: MessageData) => boolean;
  /** Replaces a connection that has become this old: after the first, plus a random part of the second. Default: never. */
  maxAgeMs?: number | [age: number, spread: number];
  /** Replaces the connection this long before what the provider gave out (`validForMs`) expires. */
  renewBeforeMs?: number;
  probe?: boolean | ProbeOptions;
  page?: PageOptions;
  /**
   * A handshake of the application's own, after which a connection counts as up. One that throws, rejects or says `false` is a failed
   * attempt; where no further one is of any use, let it call the socket's `close()`. What arrives meanwhile goes to the greeting; what it
   * has not taken is delivered after `open`.
   */
  handshake?: (greeting: Greeting) => unknown;
  /** How long the handshake may take. Default: 15,000. */
  handshakeTimeoutMs?: number;
  /** Does not connect until `reconnect` is called. */
  startClosed?: boolean;
  /** Closes the socket when it is aborted. */
  signal?: AbortSignal;
  /** Default: `blob`, as the browser's. */
  binaryType?: BinaryType;
  /** How values become messages: JSON, or one's own. */
  codec?: 'json' | Codec<Received, Sent>;
  /** The class of the connections. Default: `globalThis.WebSocket`, looked up at each attempt. */
  WebSocket?: new (url: string, protocols: string[]) => any;
}
