// The library's Channel as one more racer: `{ id: 'channel', open(run, options, place), dash }`, as in techniques.js. The server has
// a lane of this name, whose handshakes can be blocked as all others'. What the object's `transport` says is shown beside its name. Where it
// is WebAssembly, push-lab.html's policy has to allow 'wasm-unsafe-eval'.

/** None yet. */
export const CHANNEL = null;
