// What each part of the interface is, exactly: a type that has become wider fails here. `types.ts` shows it in use.
import { expectTypeOf } from 'expect-type';
import {
  ReconnectingWebSocket,
  type Backoff,
  type CloseAction,
  type CloseInfo,
  type DecodeErrorEvent,
  type MessageData,
  type Phase,
  type ReconnectingEventMap,
  type ReconnectingOptions,
  type ReplaceFailedEvent,
  type RetryCause,
  type RetryOptions,
  type SendData,
  type UrlProvider,
  type Verdict,
} from 'tautline';
import { initialize, type WasmSource } from 'tautline/slim';

declare const socket: ReconnectingWebSocket;

// Names.
expectTypeOf(socket.phase).toEqualTypeOf<Phase>();
expectTypeOf<Phase>().toEqualTypeOf<
  'idle' | 'waiting' | 'probing' | 'resolving' | 'opening' | 'greeting' | 'up' | 'closing' | 'suspended' | 'closed'
>();
expectTypeOf<keyof ReconnectingEventMap>().toEqualTypeOf<
  | 'open' | 'message' | 'error' | 'close'
  | 'connecting' | 'retry' | 'replacefailed' | 'gaveup' | 'fate' | 'statechange' | 'plain' | 'decoded' | 'decodeerror'
>();
expectTypeOf<CloseAction>().toEqualTypeOf<'never' | 'now' | 'backoff' | 'wide'>();
expectTypeOf<Verdict>().toEqualTypeOf<'connect' | 'refresh' | 'wait' | { waitForMs: number } | 'stop' | { stop: number }>();

// Methods.
expectTypeOf(socket.send).parameters.toEqualTypeOf<[data: SendData]>();
expectTypeOf(socket.close).parameters.toEqualTypeOf<[code?: number, reason?: string]>();
expectTypeOf(socket.close).returns.toEqualTypeOf<void>();
expectTypeOf(socket.reconnect).parameters.toEqualTypeOf<[code?: number, reason?: string]>();
expectTypeOf(socket.reconnect).returns.toEqualTypeOf<void>();
expectTypeOf(socket.managed).toEqualTypeOf<boolean>();
expectTypeOf(socket.retryCount).toEqualTypeOf<number>();
expectTypeOf(socket.closed).resolves.toEqualTypeOf<CloseInfo>();
expectTypeOf<WasmSource>().toEqualTypeOf<WebAssembly.Module | BufferSource | Response | URL | string>();
expectTypeOf(initialize).parameter(0).toEqualTypeOf<WasmSource | PromiseLike<WasmSource>>();
expectTypeOf(initialize).returns.toEqualTypeOf<Promise<void>>();

// Events.
expectTypeOf<ReplaceFailedEvent['delayMs']>().toEqualTypeOf<number | undefined>();
expectTypeOf<ReplaceFailedEvent['cause']>().toEqualTypeOf<RetryCause>();
expectTypeOf<DecodeErrorEvent['data']>().toEqualTypeOf<MessageData>();
expectTypeOf<DecodeErrorEvent['error']>().toEqualTypeOf<unknown>();
socket.addEventListener('statechange', function ({ phase, previous }) {
  expectTypeOf(this).toEqualTypeOf<ReconnectingWebSocket>();
  expectTypeOf([phase, previous]).toEqualTypeOf<Phase[]>();
});

// Options.
expectTypeOf<ReconnectingOptions['retry']>().toEqualTypeOf<boolean | RetryOptions | undefined>();
expectTypeOf<ReconnectingOptions['connectTimeoutMs']>().toEqualTypeOf<number | number[] | undefined>();
expectTypeOf<ReconnectingOptions['endpoints']>().toEqualTypeOf<UrlProvider[] | undefined>();
expectTypeOf<ReconnectingOptions['binaryType']>().toEqualTypeOf<BinaryType | undefined>();
expectTypeOf<ReconnectingOptions['signal']>().toEqualTypeOf<AbortSignal | undefined>();
expectTypeOf<RetryOptions['backoff']>().toEqualTypeOf<Backoff | undefined>();
expectTypeOf<RetryOptions['decide']>().toEqualTypeOf<((close: CloseInfo) => CloseAction | undefined) | undefined>();
for (const right of [{ baseMs: 1, factor: 2, capMs: 3 }, { delayMs: 1, spreadMs: 2 }, [1, 2], (retry: number, random: number) => retry * random]) {
  expectTypeOf(right).toExtend<Backoff>();
}

/** Takes options and no more: each mistake is one line here. */
declare function takes(options: ReconnectingOptions): void;
// @ts-expect-error No such option, one level down.
takes({ retry: { max: 5 } });
// @ts-expect-error A time is a number.
takes({ retry: { backoff: { baseMs: '1s' } } });
// @ts-expect-error Two kinds of backoff at once, and one of them by half.
takes({ retry: { backoff: { delayMs: 1 } } });
// @ts-expect-error No such action.
takes({ retry: { codes: [{ code: 4000, action: 'always' }] } });
// @ts-expect-error A range has two ends.
takes({ retry: { codes: [{ code: [4000], action: 'never' }] } });
// @ts-expect-error A time is a number.
takes({ heartbeat: { intervalMs: '30s' } });
// @ts-expect-error No such option, one level down.
takes({ heartbeat: { pongTimeoutMs: 1 } });
// @ts-expect-error A switch is a boolean.
takes({ page: { watch: 'yes' } });
// @ts-expect-error No such name of a codec.
takes({ codec: 'msgpack' });
// @ts-expect-error `nodebuffer` is of another class.
takes({ binaryType: 'nodebuffer' });
// @ts-expect-error An age with its spread is two numbers.
takes({ maxAgeMs: [1] });
// @ts-expect-error An instance is no class.
takes({ WebSocket: new WebSocket('wss://a.example') });

// What can't be written.
// @ts-expect-error Only the browser's attributes can be set.
socket.readyState = 1;
// @ts-expect-error Counts are read.
socket.metrics.attempts = 0;
// @ts-expect-error A provider says a URL, not a number.
new ReconnectingWebSocket(() => 1);
