// Server-Sent Events: by the browser's EventSource, by fetch, and the parser alone.
export { EventStream, EventStream as default } from '../../src/transport/push/event-source.js';
export { EventStreamLimitError, EventStreamParser } from '../../src/transport/push/event-stream.js';
export { FetchStream } from '../../src/transport/push/fetch-stream.js';
