// The package's types, checked by the compiler: what must be an error is expected to be one.
import { expectTypeOf } from 'expect-type';
import ReconnectingDefault, {
  ReconnectingWebSocket,
  WebSocket as Alias,
  type Codec,
  type Fate,
  type GaveUpReason,
  type MessageData,
  type Messages,
  type Metrics,
  type Receipt,
  type ReconnectingOptions,
  type RetryCause,
} from 'tautline';
import { ReconnectingWebSocket as Slim, initialize } from 'tautline/slim';
import { msgpack } from 'tautline/msgpack';

// A drop-in: it can be had wherever the browser's own is asked for.
const socket = new ReconnectingWebSocket('wss://example.com/live');
const native: WebSocket = socket;
native.close();
expectTypeOf(ReconnectingWebSocket.OPEN).toEqualTypeOf<1>();
expectTypeOf<typeof ReconnectingDefault>().toEqualTypeOf<typeof ReconnectingWebSocket>();
expectTypeOf<typeof Alias>().toEqualTypeOf<typeof ReconnectingWebSocket>();
expectTypeOf(socket.readyState).toEqualTypeOf<0 | 1 | 2 | 3>();

// Without a codec.
for await (const message of socket) expectTypeOf(message).toEqualTypeOf<MessageData>();
expectTypeOf(socket.messages()).toEqualTypeOf<Messages<MessageData>>();
expectTypeOf(socket.post('text')).toEqualTypeOf<Receipt>();
expectTypeOf(socket.post('text').sent).resolves.toEqualTypeOf<Exclude<Fate, 'queued'>>();
// @ts-expect-error An object needs a codec.
socket.post({ n: 1 });
// @ts-expect-error A number is not what `send` takes.
socket.send(1);
socket.send(new Uint8Array(1));
socket.send(new Blob([]));

// With generics, and codecs that fit them.
interface Question {
  n: number;
}
interface Answer {
  ok: boolean;
}
const typed = new ReconnectingWebSocket<Answer, Question>('wss://example.com/live', [], { codec: 'json' });
for await (const answer of typed) expectTypeOf(answer).toEqualTypeOf<Answer>();
typed.post({ n: 1 });
// @ts-expect-error An answer is no question.
typed.post({ ok: true });
typed.addEventListener('decoded', (event) => expectTypeOf(event.value).toEqualTypeOf<Answer>());
const codec: Codec<Answer, Question> = msgpack<Answer, Question>();
const inferred = new ReconnectingWebSocket('wss://example.com/live', [], { codec });
expectTypeOf(inferred).toEqualTypeOf<ReconnectingWebSocket<Answer, Question>>();
// @ts-expect-error A codec for other values.
new ReconnectingWebSocket<string, string>('wss://example.com/live', [], { codec });

// Events by their names.
socket.addEventListener('retry', (event) => {
  expectTypeOf(event.delayMs).toEqualTypeOf<number>();
  expectTypeOf(event.cause).toEqualTypeOf<RetryCause>();
});
socket.addEventListener('gaveup', ({ why }) => expectTypeOf(why).toEqualTypeOf<GaveUpReason>());
socket.addEventListener('fate', ({ fate, first }) => {
  expectTypeOf(fate).toEqualTypeOf<Fate>();
  expectTypeOf(first).toEqualTypeOf<number>();
});
socket.addEventListener('message', ({ data }) => expectTypeOf(data).toBeAny(), { once: true });
socket.addEventListener('close', ({ code }) => expectTypeOf(code).toEqualTypeOf<number>());
socket.addEventListener('plain', ({ error }) => expectTypeOf(error).toEqualTypeOf<unknown>());
socket.addEventListener('something else', { handleEvent: () => {} });
socket.onmessage = (event) => expectTypeOf(event).toEqualTypeOf<MessageEvent>();
socket.onclose = null;

// Options.
new ReconnectingWebSocket('wss://a.example', 'v1', { retry: false });
new ReconnectingWebSocket(new URL('wss://a.example'), ['v1', 'v2'], { retry: { backoff: { baseMs: 500 }, maxRetries: 5 } });
new ReconnectingWebSocket(() => 'wss://a.example', undefined, { retry: { backoff: [0, 1000] } });
new ReconnectingWebSocket(async ({ retry, last }) => {
  expectTypeOf(retry).toEqualTypeOf<number>();
  expectTypeOf(last).toEqualTypeOf<RetryCause | undefined>();
  return { url: 'wss://a.example', protocols: ['v1'], validForMs: 60_000 };
});
new ReconnectingWebSocket(() => null);
new ReconnectingWebSocket('wss://a.example', [], {
  minReconnectionDelay: 1000,
  maxReconnectionDelay: 10_000,
  reconnectionDelayGrowFactor: 1.3,
  minUptime: 5000,
  connectionTimeout: 4000,
  maxRetries: Infinity,
  maxEnqueuedMessages: 100,
  startClosed: true,
  debug: true,
  debugLogger: console.log,
  shouldReconnectOnClose: ({ code }) => code !== 4001,
  WebSocket,
});
const options: ReconnectingOptions = { heartbeat: { message: 'ping', isReply: (data) => data === 'pong' } };
new ReconnectingWebSocket('wss://a.example', [], options);
// @ts-expect-error No such option.
new ReconnectingWebSocket('wss://a.example', [], { reconnect: true });
// @ts-expect-error Not what happens when the outbox is full.
new ReconnectingWebSocket('wss://a.example', [], { outbox: { overflow: 'drop' } });
// @ts-expect-error A URL is required.
new ReconnectingWebSocket();

// The rest.
expectTypeOf(socket.opened).resolves.toEqualTypeOf<ReconnectingWebSocket>();
expectTypeOf(socket.closed).resolves.toHaveProperty('wasClean').toEqualTypeOf<boolean>();
expectTypeOf(socket.metrics).toEqualTypeOf<Metrics>();
expectTypeOf(socket.replace()).toEqualTypeOf<boolean>();
expectTypeOf(initialize(new URL('https://a.example/tautline.wasm'))).resolves.toBeVoid();
const slim = new Slim('wss://a.example');
slim.close(1000, 'done');
