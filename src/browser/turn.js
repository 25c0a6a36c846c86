// One task of its own, after those that wait already.

let channel;

// Calls `then` in a task of its own. `then` is one of Rust's closures, which have as many numbers as their type.
export function post(then) {
  channel ??= new MessageChannel();
  const { port1, port2 } = channel;
  port1.onmessage = () => then(0, 0, 0);
  // Node would not end for it.
  port1.unref?.();
  port2.postMessage(0);
}
