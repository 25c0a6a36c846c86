// The package of this name, with retries turned off.
import Base from 'reconnecting-websocket';

const Native = globalThis.WebSocket;
globalThis.WebSocket = class WebSocket extends Base {
  constructor(url, protocols) {
    super(url, protocols, { WebSocket: Native, maxRetries: 0 });
  }
};
