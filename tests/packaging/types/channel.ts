// The types of the Channel: what each is, exactly, and what must be an error.
import { expectTypeOf } from 'expect-type';
import ChannelDefault, {
  Channel,
  ChannelError,
  type ChannelCause,
  type ChannelData,
  type ChannelEventMap,
  type ChannelFate,
  type ChannelGap,
  type ChannelItem,
  type ChannelKind,
  type ChannelOptions,
  type ChannelPhase,
  type ChannelPosition,
} from 'tautline/channel';

const options: ChannelOptions = {
  transports: ['websocket', 'websocket-stream', 'event-stream', 'fetch-stream', 'long-polling', 'polling'],
  backoff: (retry, random) => retry * random,
  connectTimeoutMs: 1,
  startAt: 'e1:3',
  remember: false,
  headers: { authorization: 'x' },
  credentials: 'include',
  signal: new AbortController().signal,
};
const channel = new Channel(new URL('https://example.com/channel/c'), options);
expectTypeOf<typeof ChannelDefault>().toEqualTypeOf<typeof Channel>();
for (const backoff of [{ baseMs: 1 }, { delayMs: 1, spreadMs: 2 }, [1, 2]]) new Channel('/channel/c', { backoff, startAt: { epoch: 'e', offset: 1 } });

// The interface.
expectTypeOf(channel.phase).toEqualTypeOf<ChannelPhase>();
expectTypeOf(channel.kind).toEqualTypeOf<ChannelKind>();
expectTypeOf(channel.position).toEqualTypeOf<ChannelPosition | undefined>();
expectTypeOf(channel.unacknowledged.bytes).toEqualTypeOf<number>();
expectTypeOf(channel.repeated).toEqualTypeOf<number>();
expectTypeOf(channel.opened).toEqualTypeOf<Promise<ChannelKind>>();
expectTypeOf(channel.closed).toEqualTypeOf<Promise<ChannelCause>>();
expectTypeOf(channel.send).parameters.toEqualTypeOf<[data: ChannelData]>();
expectTypeOf(channel.send(new Uint8Array(1))).toEqualTypeOf<number>();
expectTypeOf(channel.sendConfirmed('x')).toEqualTypeOf<Promise<ChannelFate>>();
expectTypeOf<ChannelFate>().toEqualTypeOf<'accepted' | 'unknown' | 'notsent'>();

// The events.
type Names = 'open' | 'message' | 'missed' | 'moved' | 'lost' | 'retry' | 'steppeddown' | 'fate' | 'close';
expectTypeOf<keyof ChannelEventMap>().toEqualTypeOf<Names>();
channel.addEventListener('message', ({ data }) => expectTypeOf(data).toEqualTypeOf<string | ArrayBuffer>());
channel.addEventListener('missed', ({ gap }) => expectTypeOf(gap).toEqualTypeOf<ChannelGap>());
channel.addEventListener('fate', ({ first, fate }) => expectTypeOf([first, fate]).toEqualTypeOf<(number | ChannelFate)[]>());
channel.onlost = ({ cause }) => {
  if (cause.kind === 'ended') expectTypeOf(cause.close.code).toEqualTypeOf<number>();
  if (cause.kind === 'protocol') expectTypeOf(cause.error.found).toEqualTypeOf<number | undefined>();
};
channel.onmoved = ({ from }) => expectTypeOf(from).toEqualTypeOf<ChannelKind>();
expectTypeOf(new ChannelError({ kind: 'closed' }).why).toEqualTypeOf<ChannelCause>();

export async function read(): Promise<void> {
  for await (const item of channel) {
    expectTypeOf(item).toEqualTypeOf<ChannelItem>();
    if (item.type === 'message') expectTypeOf(item.offset).toEqualTypeOf<number>();
    else if (item.gap.kind === 'trimmed') expectTypeOf(item.gap.to).toEqualTypeOf<number>();
    else expectTypeOf(item.gap.after).toEqualTypeOf<ChannelPosition>();
  }
  await channel.messages({ maxMessages: 10, maxBytes: 1000 }).return();
}

// @ts-expect-error A Blob is to be read first.
channel.send(new Blob([]));
// @ts-expect-error No such option.
new Channel('/', { transport: 'websocket' });
// @ts-expect-error No such transport.
new Channel('/', { transports: ['pigeon'] });
// @ts-expect-error A wait between two limits needs both.
new Channel('/', { backoff: { delayMs: 1, spread: 1 } });
// @ts-expect-error A URL is required.
new Channel();
// @ts-expect-error It says no code.
channel.close(1000);
