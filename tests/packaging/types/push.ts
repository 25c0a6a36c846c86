// The types of a channel's transports: what each is, exactly, and what must be an error.
import { expectTypeOf } from 'expect-type';
import PollingDefault, { Polling, type Gap, type PollingOptions, type PushData, type PushEventMap, type PushOptions } from 'tautline/polling';
import LongPollingDefault, { LongPolling } from 'tautline/long-polling';
import EventStreamDefault, { EventStream, EventStreamLimitError, EventStreamParser, FetchStream, type StreamedEvent } from 'tautline/event-stream';
import StreamedDefault, { FramedWebSocket, StreamedWebSocket, type Push } from 'tautline/websocket-stream';

// Each can be had wherever a WebSocket is asked for.
const polling = new Polling('https://example.com/channel/c', { every: 100, fixed: 'rate', credentials: 'include', headers: { authorization: 'x' } });
const sockets: WebSocket[] = [
  polling,
  new LongPolling(new URL('https://example.com/channel/c'), { wait: 1000, epoch: 'e1', after: 3 }),
  new EventStream('/channel/c', { credentials: 'include', lastEventId: 'e1:3' }),
  new FetchStream('/channel/c', { method: 'POST', body: 'x', headers: [['a', 'b']] }),
  new StreamedWebSocket('wss://example.com/channel/c', { frames: true, begin: false, session: 'x'.repeat(16) }),
  new FramedWebSocket('wss://example.com/channel/c', { timeout: 100, limits: { frame: 1, answer: 1, messages: 1, bytes: 1 } }),
];
sockets[0]?.close();
expectTypeOf(Polling.OPEN).toEqualTypeOf<1>();
expectTypeOf<typeof PollingDefault>().toEqualTypeOf<typeof Polling>();
expectTypeOf<typeof LongPollingDefault>().toEqualTypeOf<typeof LongPolling>();
expectTypeOf<typeof EventStreamDefault>().toEqualTypeOf<typeof EventStream>();
expectTypeOf<typeof StreamedDefault>().toEqualTypeOf<typeof StreamedWebSocket>();

// The interface.
expectTypeOf(polling.readyState).toEqualTypeOf<0 | 1 | 2 | 3>();
expectTypeOf(polling.send).parameters.toEqualTypeOf<[data: PushData]>();
expectTypeOf(polling.close).parameters.toEqualTypeOf<[code?: number, reason?: string]>();
expectTypeOf(polling.epoch).toEqualTypeOf<string | undefined>();
expectTypeOf(polling.offset).toEqualTypeOf<number | undefined>();
expectTypeOf(polling.overtaken).toEqualTypeOf<number>();
expectTypeOf(polling.pause).returns.toEqualTypeOf<void>();
expectTypeOf<keyof PushEventMap>().toEqualTypeOf<'open' | 'message' | 'error' | 'close' | 'gap'>();
expectTypeOf<PollingOptions>().toExtend<PushOptions>();
polling.addEventListener('gap', ({ detail }) => expectTypeOf(detail).toEqualTypeOf<Gap>());
polling.addEventListener('message', ({ lastEventId }) => expectTypeOf(lastEventId).toEqualTypeOf<string>());
polling.addEventListener('close', ({ code }) => expectTypeOf(code).toEqualTypeOf<number>(), { once: true });
polling.ongap = ({ detail: { to } }) => expectTypeOf(to).toEqualTypeOf<number | null>();
expectTypeOf(StreamedWebSocket.isSupported).toEqualTypeOf<boolean>();
expectTypeOf(new FetchStream('/').retry).toEqualTypeOf<number | undefined>();

// The parser.
const parser = new EventStreamParser({ event: (event) => expectTypeOf(event).toEqualTypeOf<StreamedEvent>() }, { limit: 10 });
parser.push('data: a');
parser.push(new Uint8Array(1));
parser.end();
expectTypeOf(new EventStreamLimitError()).toExtend<Error>();

// @ts-expect-error A number is not what `send` takes.
polling.send(1);
// @ts-expect-error No such option.
new Polling('/', { interval: 1 });
// @ts-expect-error Not how polls are timed.
new Polling('/', { fixed: 'sometimes' });
// @ts-expect-error An EventSource has no headers.
new EventStream('/', { headers: {} });
// @ts-expect-error Nor can it omit credentials.
new EventStream('/', { credentials: 'omit' });
// @ts-expect-error A URL is required.
new LongPolling();
// @ts-expect-error It can't be told to wait.
new EventStream('/').pause();
// @ts-expect-error There is no such transport by itself.
export type Missing = Push['requests'];
