// The other side by the package ws: node ws.mjs PORT. What the paths do is in README.md.
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

const MOST = 64 * 1024 * 1024;

/** By id: what has arrived on which connection, and how connections were closed. */
const books = new Map();

function book(id) {
  if (!books.has(id)) books.set(id, { connections: 0, messages: [], closes: [] });
  return books.get(id);
}

/** `close CODE REASON…` and `abort …`; whether it was one of them. */
function carriedOut(socket, text) {
  const close = /^close (\d+) ?(.*)$/s.exec(text);
  if (close) socket.close(Number(close[1]), close[2]);
  else if (text.startsWith('abort')) socket.terminate();
  else return false;
  return true;
}

function serve(socket, { pathname, searchParams }) {
  const [, what, id] = pathname.split('/');
  socket.on('error', () => {});
  if (what === 'seen') {
    socket.send(JSON.stringify(book(id)));
    socket.close(1000);
    return;
  }
  const endsAfter = Number(searchParams.get('close_after') ?? Infinity);
  const connection = what === 'ledger' ? book(id).connections++ : 0;
  let count = 0;
  socket.on('message', (data, isBinary) => {
    if (what === 'control' && !isBinary && carriedOut(socket, data.toString())) return;
    if (what === 'ledger') {
      // What was still to be read when the connection was ended by us.
      if (count === endsAfter) return;
      book(id).messages.push([connection, data.toString()]);
    }
    count += 1;
    socket.send(data, { binary: isBinary });
    if (count === endsAfter) socket.terminate();
  });
  if (what === 'ledger') socket.on('close', (code, reason) => book(id).closes.push([code, reason.toString()]));
}

const sockets = new WebSocketServer({
  noServer: true,
  maxPayload: MOST,
  perMessageDeflate: true,
  handleProtocols: (offered) => offered.has('chat.v1') && 'chat.v1',
});
const server = createServer((request, response) => response.writeHead(426).end());
server.on('upgrade', (request, stream, head) => {
  const url = new URL(request.url, 'http://127.0.0.1');
  if (url.pathname === '/refuse') {
    stream.end(`HTTP/1.1 ${url.searchParams.get('status')} Refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
    return;
  }
  sockets.handleUpgrade(request, stream, head, (socket) => serve(socket, url));
});
server.listen(Number(process.argv[2]), '127.0.0.1');
