// The channel's protocol over WebSocket: by WebSocketStream where there is one, and by the browser's WebSocket.
export { FramedWebSocket } from '../../src/transport/push/framed.js';
export { StreamedWebSocket, StreamedWebSocket as default } from '../../src/transport/push/websocket-stream.js';
