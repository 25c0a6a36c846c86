// The least that a class of one's own can be.
globalThis.WebSocket = class X extends WebSocket {};
