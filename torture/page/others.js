// One suite of a client, the same against each server.
import { PLAIN } from './others-plain.js';
import { LOST } from './others-lost.js';
import { carryOut } from './others-kit.js';
import { closeAll, within } from './support.js';

/** Reads again until there is as much. */
function enough(read, atLeast) {
  return within(`${atLeast} entries`, (async () => {
    for (;;) {
      const found = await read();
      if (found.length >= atLeast) return found;
    }
  })());
}

/** What the server has seen: from its own book, by one more connection. */
function bookOf(server) {
  const read = (id) => within('the server’s book', new Promise((resolve, reject) => {
    const socket = new WebSocket(`${server.url}/seen/${id}`);
    socket.onmessage = ({ data }) => resolve(JSON.parse(data));
    socket.onclose = () => reject(new Error('the book was not read'));
  }));
  return {
    url: (id, endsAfter) => `${server.url}/ledger/${id}${endsAfter ? `?close_after=${endsAfter}` : ''}`,
    messages: (id, atLeast) => enough(async () => (await read(id)).messages, atLeast),
    closes: (id, atLeast) => enough(async () => (await read(id)).closes, atLeast),
  };
}

/** The same of our own server: its ledger, and its view of the wire. */
function ownBook(server) {
  const http = server.url.replace('ws:', 'http:');
  return {
    url: (id, endsAfter) => `${server.url}/ledger/${id}?wire=${id}${endsAfter ? `&how=reset&close_after=${endsAfter}` : ''}`,
    messages: async (id, atLeast) => (await (await fetch(`${http}/ledger/${id}/wait?messages=${atLeast}`)).json()).messages,
    closes: (id, atLeast) => within('the client’s close on the wire', new Promise((resolve) => {
      const socket = new WebSocket(`${server.url}/wire/${id}`);
      const closes = [];
      socket.onmessage = ({ data }) => {
        const { kind, direction, name, code, reason } = JSON.parse(data);
        if (kind !== 'frame' || direction !== 'up' || name !== 'close') return;
        closes.push([code, reason]);
        if (closes.length < atLeast) return;
        socket.close();
        resolve(closes);
      };
    })),
  };
}

export async function run({ server, name, control, short }) {
  const seen = server.isOwn ? ownBook(server) : bookOf(server);
  return carryOut([...PLAIN, ...LOST], { server, name, control, short, seen }, closeAll);
}
