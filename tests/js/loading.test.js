// The way of the machine: beside the connection, later, or never.
import { expect } from './chai/index.js';
import { Ledger, Link, managed, next, record, turn, url, within } from './support.js';

let instances = 0;

/** The slim entry with a loader of its own. */
function slim() {
  return import(`/dist/slim.js?instance=${(instances += 1)}`);
}

const SOON = { retry: { backoff: [0] } };

describe('without the machine', () => {
  it('a socket of the slim entry is a plain one, and is taken over once it is loaded', async () => {
    const { ReconnectingWebSocket, initialize } = await slim();
    const link = await Link.open();
    const ledger = new Ledger();
    const socket = new ReconnectingWebSocket(link.url(ledger.path()), [], SOON);
    socket.send('1');
    await socket.opened;
    socket.send('2');
    expect([socket.managed, socket.phase]).to.deep.equal([false, 'up']);
    const receipt = socket.post('3');
    await initialize('/dist/tautline.wasm');
    await managed(socket);
    socket.send('4');
    await ledger.wait('messages=4');
    expect(receipt.fate).to.equal('handed-over');
    const fates = record(socket, ['fate']);
    const close = next(socket, 'close');
    await link.order('cut?how=fin');
    await close;
    await next(socket, 'open');
    socket.send('5');
    const { messages } = await ledger.wait('messages=5');
    expect(messages.map(([, text]) => text)).to.deep.equal(['1', '2', '3', '4', '5']);
    expect(fates.filter(({ fate }) => fate === 'unknown').length).to.be.greaterThan(0);
    socket.close();
    await socket.closed;
    expect(await initialize('/nowhere')).to.equal(undefined);
  });

  it('a socket of the slim entry ends with its connection where nobody loads it', async () => {
    const { ReconnectingWebSocket } = await slim();
    const link = await Link.open();
    const socket = new ReconnectingWebSocket(link.url('/echo'));
    await socket.opened;
    await link.order('cut?how=fin');
    expect((await within('the end', socket.closed)).code).to.equal(1006);
    expect([socket.readyState, socket.phase]).to.deep.equal([3, 'closed']);
  });

  it('a module that can’t be loaded is told, the socket goes on, and another try may succeed', async () => {
    const { ReconnectingWebSocket, initialize } = await slim();
    const link = await Link.open();
    let failure;
    const loading = initialize('/nowhere.wasm').catch((error) => (failure = error));
    const socket = new ReconnectingWebSocket(link.url('/echo'), [], SOON);
    const seen = record(socket, ['plain', 'open', 'message', 'close', 'fate']);
    socket.send('queued');
    await loading;
    expect(failure).to.be.instanceOf(Error);
    await within('the echo', (async () => {
      while (!seen.some(({ type }) => type === 'message')) await turn();
    })());
    expect(seen.find(({ type }) => type === 'plain').error).to.equal(failure);
    await link.order('cut?how=fin');
    await within('the end', socket.closed);
    expect(seen.filter(({ type }) => type === 'close').length).to.equal(1);
    await initialize('/dist/tautline.wasm');
    socket.reconnect();
    await socket.opened;
    await managed(socket);
    socket.close();
    await socket.closed;
  });

  it('a connection that is lost before it is loaded is made again when it is', async () => {
    const { ReconnectingWebSocket, initialize } = await slim();
    const link = await Link.open();
    let arrive;
    const loading = initialize(new Promise((resolve) => (arrive = resolve)));
    const socket = new ReconnectingWebSocket(link.url('/echo'), [], SOON);
    const seen = record(socket, ['open', 'close', 'message']);
    await socket.opened;
    await link.order('cut?how=fin');
    await link.wait('open=0&closed=1');
    while (socket.phase !== 'waiting') await turn();
    expect(socket.readyState).to.equal(0);
    socket.send('kept');
    arrive('/dist/tautline.wasm');
    await loading;
    expect((await next(socket, 'message')).data).to.equal('kept');
    expect(seen.map(({ type }) => type)).to.deep.equal(['open', 'close', 'open', 'message']);
    socket.close();
    await socket.closed;
  });

  it('a socket that is closed before it is loaded stays closed', async () => {
    const { ReconnectingWebSocket, initialize } = await slim();
    let arrive;
    const loading = initialize(new Promise((resolve) => (arrive = resolve)));
    const socket = new ReconnectingWebSocket(url('/echo'), [], SOON);
    await socket.opened;
    socket.close(3100, 'early');
    arrive('/dist/tautline.wasm');
    await loading;
    expect(await socket.closed).to.deep.equal({ code: 3100, reason: 'early', wasClean: true });
    await turn();
    expect([socket.managed, socket.readyState]).to.deep.equal([false, 3]);
  });

  it('a policy without wasm-unsafe-eval leaves a plain socket, which says so', async () => {
    const page = `<meta http-equiv="Content-Security-Policy" content="script-src ${location.origin} 'unsafe-inline'">
      <script type="module">
        import { ReconnectingWebSocket } from '${location.origin}/dist/index.js';
        const socket = new ReconnectingWebSocket('${url('/echo')}');
        const tell = (value) => parent.postMessage(value, '*');
        socket.onmessage = ({ data }) => tell(['message', data]);
        socket.addEventListener('plain', ({ error }) => {
          tell(['plain', error.name]);
          socket.send('alive');
        });
        socket.send('early');
      </script>`;
    const frame = document.createElement('iframe');
    frame.srcdoc = page;
    const told = [];
    const done = new Promise((resolve) => {
      addEventListener('message', function listen({ source, data }) {
        if (source !== frame.contentWindow) return;
        told.push(data.join(' '));
        if (told.length < 3) return;
        removeEventListener('message', listen);
        resolve();
      });
    });
    document.body.append(frame);
    await within('what the frame tells', done);
    frame.remove();
    expect(told.sort()).to.deep.equal(['message alive', 'message early', `plain ${told[2].split(' ')[1]}`]);
    expect(told[2]).to.match(/Error$/);
  });

  it('a socket without retries never asks for it, and throws while it is CONNECTING', async () => {
    const { ReconnectingWebSocket } = await slim();
    const socket = new ReconnectingWebSocket(url('/echo'), [], { retry: false });
    let error;
    try {
      socket.send('too early');
    } catch (caught) {
      error = caught;
    }
    expect([error.name, error instanceof DOMException]).to.deep.equal(['InvalidStateError', true]);
    await socket.opened;
    socket.close();
    await socket.closed;
    socket.send('into nothing');
    expect(socket.bufferedAmount).to.be.greaterThanOrEqual('into nothing'.length);
  });
});
