// Messages that arrive once and in order, across dropped connections and across transports. Its module comes with it.
export { Channel, Channel as default } from './lib/channel/channel.js';
export { ChannelError } from './lib/channel/causes.js';
