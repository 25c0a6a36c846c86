// The package of this name, with retries turned off.
import Base from 'partysocket/ws';

const Native = globalThis.WebSocket;
globalThis.WebSocket = class WebSocket extends Base {
  constructor(url, protocols) {
    super(url, protocols, { WebSocket: Native, maxRetries: 0 });
  }
};
