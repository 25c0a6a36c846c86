// A Channel in a worker: says what comes back of what it sends, and what has become of it.
import { Channel } from '/dist/channel.js';

function serve(port) {
  port.onmessage = async ({ data: url }) => {
    const channel = new Channel(url);
    channel.onmessage = ({ data }) => port.postMessage(data);
    const fate = await channel.sendConfirmed('from a worker');
    const state = await fetch(`${url}/dev/wait?accepted=1`);
    await state.text();
    // Its echo is there before its acknowledgement, or right after.
    while (channel.position.offset < 1) await new Promise((resolve) => setTimeout(resolve, 1));
    port.postMessage(fate);
    channel.close();
  };
}

if (globalThis.SharedWorkerGlobalScope) globalThis.onconnect = ({ ports: [port] }) => serve(port);
else serve(globalThis);
