// The library's Channel as one more racer: `{ id: 'channel', open(run, options, place), dash }`, as in techniques.js. The server has
// a lane of this name, which can be blocked for WebSockets. Its `transport`, if it has one, is shown beside its name.

/** None yet. */
export const CHANNEL = null;
