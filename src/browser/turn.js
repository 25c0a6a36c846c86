// One task of its own, after those that wait already.

const { port1, port2 } = new MessageChannel();
// Node would not end for it.
port1.unref?.();

// Calls `then` in a task of its own. `then` is one of Rust's closures, which have as many numbers as their type.
export function post(then) {
  port1.onmessage = () => then(0, 0, 0);
  port2.postMessage(0);
}
