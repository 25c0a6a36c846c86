// Where the library has `Symbol.asyncDispose`, a socket can be disposed of.
import { ReconnectingWebSocket } from 'tautline';

await using socket = new ReconnectingWebSocket('wss://example.com/live');
socket.send('hello');
