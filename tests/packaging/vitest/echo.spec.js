import { ReconnectingWebSocket } from 'tautline';
import { afterEach, expect, test, vi } from 'vitest';
import { WebSocket as NodeWebSocket } from 'ws';

/** What a test puts in the place of the browser's class. */
class Mock extends EventTarget {
  static last;
  readyState = 0;
  bufferedAmount = 0;
  sent = [];

  constructor(url) {
    super();
    this.url = url;
    Mock.last = this;
  }

  open() {
    this.readyState = 1;
    this.dispatchEvent(new Event('open'));
  }

  send(data) {
    this.sent.push(data);
    this.dispatchEvent(new MessageEvent('message', { data: `${data} back` }));
  }

  close() {
    this.readyState = 3;
    this.dispatchEvent(Object.assign(new Event('close'), { code: 1000, reason: '', wasClean: true }));
  }
}

afterEach(() => vi.unstubAllGlobals());

test('a mock in the place of the global class is seen', async () => {
  vi.stubGlobal('WebSocket', Mock);
  const socket = new ReconnectingWebSocket('wss://example.com/live');
  const messages = [];
  socket.onmessage = ({ data }) => messages.push(data);
  Mock.last.open();
  await socket.opened;
  socket.send('hello');
  expect([Mock.last.url, Mock.last.sent, messages]).toEqual(['wss://example.com/live', ['hello'], ['hello back']]);
  while (!socket.managed) await new Promise((resolve) => setTimeout(resolve, 5));
  socket.send('again');
  expect(messages).toEqual(['hello back', 'again back']);
  socket.close();
  expect((await socket.closed).code).toBe(1000);
});

test('a class that is given connects from Node', async () => {
  const socket = new ReconnectingWebSocket(process.env.TAUTLINE_ECHO, [], { WebSocket: NodeWebSocket });
  socket.send('hello');
  const { data } = await new Promise((resolve) => socket.addEventListener('message', resolve, { once: true }));
  expect(data).toBe('hello');
  socket.close();
  await socket.closed;
});

test('without a class a socket on a server does nothing', async () => {
  const socket = new ReconnectingWebSocket('wss://localhost:1/never');
  socket.send('waits');
  await new Promise((resolve) => setImmediate(resolve));
  expect([socket.readyState, socket.bufferedAmount, socket.managed]).toEqual([0, 5, false]);
  socket.close();
});

// Node 22 has the browser's class. Such a host is a server all the same, so it connects only where it is asked to.
test.runIf(globalThis.WebSocket)('the class that Node has connects where it is given', async () => {
  const socket = new ReconnectingWebSocket(process.env.TAUTLINE_ECHO, [], { WebSocket: globalThis.WebSocket });
  socket.send('hello');
  const { data } = await new Promise((resolve) => socket.addEventListener('message', resolve, { once: true }));
  expect(data).toBe('hello');
  const closing = new Promise((resolve) => (socket.onclose = ({ target, code, wasClean }) => resolve([target, code, wasClean])));
  socket.close(3001, 'done');
  expect(await closing).toEqual([socket, 3001, true]);
  expect(await socket.closed).toEqual({ code: 3001, reason: 'done', wasClean: true });
});
