// What a test does in a page of its own, where nothing is loaded yet.
import { within } from './support.js';

/** Runs a module in a frame of its own, where nothing is loaded yet; fulfils with the first things that it tells. */
export async function inFrame(head, code, count) {
  const frame = document.createElement('iframe');
  frame.srcdoc = `${head}<script type="module">
    const tell = (...values) => parent.postMessage(values.join(' '), '*');
    ${code}
  </script>`;
  const told = [];
  const done = new Promise((resolve) => {
    addEventListener('message', function listen({ source, data }) {
      if (source !== frame.contentWindow) return;
      told.push(data);
      if (told.length < count) return;
      removeEventListener('message', listen);
      resolve();
    });
  });
  document.body.append(frame);
  await within(`what the frame tells, after ${told.join(', ')}`, done);
  // It stays. WebKitGTK 2.50 was seen to hang, one time in ten, after a frame was removed in which a Channel was up whose machine had trapped.
  frame.hidden = true;
  return told;
}

/**
 * For the head of a frame. A trap is what cannot be provoked: each function of a module throws one while `trap` is set. An instance is as
 * good as lost then, and each that was made is counted.
 */
export const TRAPS = `<script>
  globalThis.instances = 0;
  const { instantiate } = WebAssembly;
  WebAssembly.instantiate = async (...values) => {
    const made = await instantiate.apply(WebAssembly, values);
    globalThis.instances += 1;
    const exports = { ...(made.instance ?? made).exports };
    for (const [name, value] of Object.entries(exports)) {
      if (typeof value !== 'function') continue;
      exports[name] = (...numbers) => {
        if (globalThis.trap) throw new WebAssembly.RuntimeError('unreachable');
        return value(...numbers);
      };
    }
    return { instance: { exports }, module: made.module };
  };
</script>`;
