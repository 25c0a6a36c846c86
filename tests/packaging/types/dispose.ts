// Where the library has `Symbol.asyncDispose`, a socket can be disposed of.
import { ReconnectingWebSocket } from 'tautline';
import { Channel } from 'tautline/channel';

await using socket = new ReconnectingWebSocket('wss://example.com/live');
socket.send('hello');

await using channel = new Channel('https://example.com/channel/c');
channel.send('hello');
