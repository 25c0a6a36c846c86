// Long polling.
export { LongPolling, LongPolling as default } from '../../src/transport/push/long-polling.js';
