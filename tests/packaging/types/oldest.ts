// The oldest library that the declarations ask for: ES2020 and the DOM, without `Symbol.asyncDispose`.
import { ReconnectingWebSocket } from 'tautline';
import { Channel, type ChannelItem } from 'tautline/channel';
import { initialize } from 'tautline/slim';
import { msgpack } from 'tautline/msgpack';
import wasm from 'tautline/tautline.wasm';

const socket = new ReconnectingWebSocket<{ ok: boolean }, { n: number }>('wss://example.com/live', [], { codec: msgpack() });
const native: WebSocket = socket;
native.send('text');
export const loaded: Promise<void> = initialize(wasm);
// @ts-expect-error Not by a name that this library lacks.
socket[Symbol.asyncDispose]();

const channel = new Channel('https://example.com/channel/c');
export const read = async (): Promise<ChannelItem[]> => {
  const items: ChannelItem[] = [];
  for await (const item of channel) items.push(item);
  return items;
};
