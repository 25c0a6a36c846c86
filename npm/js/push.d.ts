/** What `send` takes: the types of the standard's WebSocket interface. */
export type PushData = string | ArrayBufferLike | Blob | ArrayBufferView;

/** What a transport keeps at most; beyond it is an error, or the end with 4413. */
export interface PushLimits {
  /** Bytes of one frame. Default: 16 MiB. */
  frame?: number;
  /** Bytes of one answer to a poll. Default: 32 MiB. */
  answer?: number;
  /** Messages that are not acknowledged. Default: 1,000. */
  messages?: number;
  /** Bytes that are not acknowledged. Default: 4 MiB. */
  bytes?: number;
}

/** What all transports of a channel can be told. */
export interface PushOptions {
  /** The name under which the server counts what is sent: 16 to 64 characters of `A-Z a-z 0-9 _ -`. A secret. Default: a random one. */
  session?: string;
  /** Whether a session that the server does not know begins here; if not, it ends with 4409. Default: true. */
  begin?: boolean;
  /** With `after`: where to go on. Default: only what is new from now on. */
  epoch?: string;
  /** With `epoch`: the offset of the last message that is known. */
  after?: number;
  /** `epoch` and `after` in one, as a message event has them. */
  lastEventId?: string;
  /** Messages are whole frames of the protocol, and so is what is sent. Default: false. */
  frames?: boolean;
  /** For how many milliseconds an answer may not begin, or say nothing. Default: 10,000. */
  timeout?: number;
  /** For how many milliseconds it may take to open. Default: `timeout`. */
  opening?: number;
  limits?: PushLimits;
}

/** Of transports over HTTP. */
export interface RequestOptions extends PushOptions {
  /** Headers of each request. */
  headers?: HeadersInit;
  /** As `fetch` has it. Default: `same-origin`. */
  credentials?: RequestCredentials;
}

/** Messages that were missed. */
export interface Gap {
  /** The life of the channel in which they were. */
  readonly epoch: string;
  /** The first one's offset. */
  readonly from: number;
  /** The last one's; `null` where that life is over: nobody knows how many there were. */
  readonly to: number | null;
  readonly recovered: false;
}

/** The events by name. */
export interface PushEventMap {
  open: Event;
  /** `lastEventId` is `EPOCH:OFFSET`. */
  message: MessageEvent;
  error: Event;
  close: CloseEvent;
  /** Before the messages after it. Not with `frames: true`. */
  gap: CustomEvent<Gap>;
}

/**
 * A channel of the protocol (PROTOCOL.md) by one transport, with the interface of the browser's WebSocket.
 *
 * It does not connect again. What ends it is a `close` event, after an `error` event where it was not clean: an `x` of the server's
 * has its code; 4400: what came is none of the protocol's; 4401, 4403, 4404: not allowed, not there; 4413: too large; 1013, 4429: no room;
 * 1006: the connection is lost. The reason says more. What was sent and is not acknowledged may or may not have arrived.
 */
export class Push extends EventTarget implements WebSocket {
  protected constructor();
  static readonly CONNECTING: 0;
  static readonly OPEN: 1;
  static readonly CLOSING: 2;
  static readonly CLOSED: 3;
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSING: 2;
  readonly CLOSED: 3;

  /** As the browser writes it, without the protocol's parameters. */
  readonly url: string;
  readonly readyState: 0 | 1 | 2 | 3;
  /** Bytes of what is not acknowledged. */
  readonly bufferedAmount: number;
  readonly extensions: string;
  readonly protocol: string;
  binaryType: BinaryType;
  /** The channel's life that was heard of last. */
  readonly epoch: string | undefined;
  /** The offset of the last message that was delivered. */
  readonly offset: number | undefined;
  readonly session: string;
  /** How many messages came again, and were dropped. */
  readonly repeated: number;
  onopen: ((this: WebSocket, event: Event) => any) | null;
  onmessage: ((this: WebSocket, event: MessageEvent) => any) | null;
  onerror: ((this: WebSocket, event: Event) => any) | null;
  onclose: ((this: WebSocket, event: CloseEvent) => any) | null;
  ongap: ((this: this, event: CustomEvent<Gap>) => any) | null;

  /**
   * Sends. Where the transport goes only one way it is a POST, with what else was sent meanwhile, one at a time; one that fails is made again,
   * and the server drops what it has.
   *
   * @throws InvalidStateError (DOMException): CONNECTING.
   * @throws QuotaExceededError (DOMException): there is no room for what is not acknowledged, or it is more than the server takes.
   */
  send(data: PushData): void;
  /**
   * Closes, after what there is to send.
   *
   * @throws InvalidAccessError (DOMException): the code is neither 1000 nor in 3000 to 4999.
   * @throws SyntaxError (DOMException): the reason is longer than 123 bytes of UTF-8.
   */
  close(code?: number, reason?: string): void;

  addEventListener<K extends keyof PushEventMap>(
    type: K,
    listener: (this: this, event: PushEventMap[K]) => any,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void;
  removeEventListener<K extends keyof PushEventMap>(
    type: K,
    listener: (this: this, event: PushEventMap[K]) => any,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | EventListenerOptions): void;
}

/** One that can be told to wait. */
export class PacedPush extends Push {
  protected constructor();
  /** Reads no further: no message follows until `resume`, and where the transport allows that the server is held back. */
  pause(): void;
  resume(): void;
}
