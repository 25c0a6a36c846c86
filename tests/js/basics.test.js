import { expect } from './chai/index.js';
import { ReconnectingWebSocket, closeAll, connect, managed, next, record, turn, url } from './support.js';

describe('a socket', () => {
  afterEach(closeAll);

  it('opens, echoes and closes, with the browser’s own events and itself as their target', async () => {
    const socket = connect(url('/echo'));
    const open = await next(socket, 'open');
    expect(open.isTrusted).to.equal(true);
    expect(open.target).to.equal(socket);
    let during;
    socket.addEventListener('message', (event) => {
      during = [event.target, event.currentTarget, event.srcElement, ...event.composedPath(), event.eventPhase];
    });
    socket.send('hello');
    const message = await next(socket, 'message');
    expect(message).to.be.instanceOf(MessageEvent);
    expect(message.data).to.equal('hello');
    expect(during).to.deep.equal([socket, socket, socket, socket, 2]);
    await turn();
    expect([message.target, message.currentTarget, message.composedPath()]).to.deep.equal([socket, null, []]);
    socket.close(3001, 'bye');
    const close = await next(socket, 'close');
    expect(close).to.be.instanceOf(CloseEvent);
    expect([close.code, close.reason, close.wasClean]).to.deep.equal([3001, 'bye', true]);
    expect(socket.readyState).to.equal(ReconnectingWebSocket.CLOSED);
  });

  it('queues what is sent before it is open, and keeps the order when the machine takes over', async () => {
    const socket = connect(url('/echo'));
    const seen = record(socket, ['message']);
    for (let n = 0; n < 50; n += 1) socket.send(`${n}`);
    await socket.opened;
    for (let n = 50; n < 100; n += 1) socket.send(`${n}`);
    await managed(socket);
    for (let n = 100; n < 150; n += 1) socket.send(`${n}`);
    while (seen.length < 150) await next(socket, 'message');
    expect(seen.map(({ data }) => Number(data))).to.deep.equal(Array.from({ length: 150 }, (_, n) => n));
    expect(socket.metrics.messagesSent).to.equal(150);
    expect(socket.metrics.messagesReceived).to.equal(150);
  });

  it('sends the bytes as they are when it is asked, while it is still connecting', async () => {
    const socket = connect(url('/echo'));
    socket.binaryType = 'arraybuffer';
    const bytes = Uint8Array.of(1, 2, 3);
    socket.send(bytes.subarray(1));
    socket.send(bytes.buffer);
    bytes.fill(9);
    expect(socket.bufferedAmount).to.equal(5);
    const first = await next(socket, 'message');
    const second = await next(socket, 'message');
    expect([...new Uint8Array(first.data)]).to.deep.equal([2, 3]);
    expect([...new Uint8Array(second.data)]).to.deep.equal([1, 2, 3]);
  });

  it('sends every kind of data, and delivers a Blob where that is asked for', async () => {
    const socket = connect(url('/echo'), [], { binaryType: 'arraybuffer' });
    await managed(socket);
    await socket.opened;
    const sent = ['text', 'grüße 🦀', new Blob(['blob']), new TextEncoder().encode('view'), new DataView(new ArrayBuffer(2)), 17, null];
    const seen = record(socket, ['message']);
    for (const data of sent) socket.send(data);
    while (seen.length < sent.length) await next(socket, 'message');
    const texts = seen.map(({ data }) => (typeof data === 'string' ? data : new TextDecoder().decode(data)));
    expect(texts).to.deep.equal(['text', 'grüße 🦀', 'blob', 'view', '\0\0', '17', 'null']);
    expect(socket.metrics.bytesSent).to.equal(4 + 12 + 4 + 4 + 2 + 2 + 4);
    socket.binaryType = 'blob';
    socket.send(Uint8Array.of(1));
    expect((await next(socket, 'message')).data).to.be.instanceOf(Blob);
  });

  it('counts the bytes of a long text as they are on the wire', async () => {
    const socket = connect(url('/echo'));
    await managed(socket);
    await socket.opened;
    socket.send('é'.repeat(1000));
    await next(socket, 'message');
    expect(socket.metrics.bytesSent).to.equal(2000);
  });

  it('chooses a subprotocol', async () => {
    const socket = connect(url('/protocol?choose=second'), ['first', 'second']);
    await socket.opened;
    expect(socket.protocol).to.equal('second');
  });

  it('says what happens to it in its order', async () => {
    const socket = connect(url('/echo'));
    const seen = record(socket, ['statechange', 'open', 'close', 'connecting', 'retry', 'gaveup']);
    await socket.opened;
    await managed(socket);
    socket.close();
    await next(socket, 'close');
    const names = seen.map((event) => (event.type === 'statechange' ? event.phase : event.type));
    expect(names.filter((name) => name !== 'connecting')).to.deep.equal(['up', 'open', 'closing', 'closed', 'close']);
  });

  it('has promises for the beginning and the end', async () => {
    const socket = connect(url('/echo'));
    expect(await socket.opened).to.equal(socket);
    socket.close(1000, 'done');
    expect(await socket.closed).to.deep.equal({ code: 1000, reason: 'done', wasClean: true });
    let error;
    await socket.opened.catch((caught) => (error = caught));
    expect(socket.readyState).to.equal(3);
    const other = connect(url('/echo'));
    other.close();
    await other.opened.catch((caught) => (error = caught));
    expect(error.name).to.equal('InvalidStateError');
  });
});
