// Polling, at a fixed rate or with a fixed delay.
export { Polling, Polling as default } from '../../src/transport/push/polling.js';
