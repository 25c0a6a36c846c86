// The way of the machine: beside the connection, later, or never.
import { expect } from './chai/index.js';
import { inFrame } from './frame-support.js';
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

  it('what a plain socket has handed over stays handed over, however much of it is still buffered', async () => {
    const { ReconnectingWebSocket, initialize } = await slim();
    const link = await Link.open();
    let arrive;
    const loading = initialize(new Promise((resolve) => (arrive = resolve)));
    const socket = new ReconnectingWebSocket(link.url('/sink?every=1'), [], SOON);
    const fates = record(socket, ['fate']);
    await socket.opened;
    await link.order('freeze');
    const receipts = [1, 2, 3].map(() => socket.post('x'.repeat(700_000)));
    arrive('/dist/tautline.wasm');
    await loading;
    await managed(socket);
    expect(socket.metrics).to.include({ messagesSent: 3, bytesSent: 2_100_000, unknown: 0 });
    expect(receipts.map(({ fate }) => fate)).to.deep.equal(['handed-over', 'handed-over', 'handed-over']);
    await link.order('thaw');
    socket.send('last');
    while ((await next(socket, 'message')).data !== '4');
    expect(fates.filter(({ fate }) => fate === 'unknown')).to.deep.equal([]);
    socket.close();
    await socket.closed;
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
    const told = await inFrame(
      '',
      `
        import { ReconnectingWebSocket, initialize } from '${location.origin}/dist/slim.js';
        const link = await (await fetch('${location.origin}/link', { method: 'POST' })).json();
        const loading = initialize('${location.origin}/nowhere.wasm').catch(() => {});
        const socket = new ReconnectingWebSocket('ws://127.0.0.1:' + link.port + '/echo');
        for (const type of ['open', 'close']) socket.addEventListener(type, () => tell(type));
        socket.addEventListener('plain', ({ error }) => tell('plain', error instanceof Error));
        socket.send('queued');
        await loading;
        await new Promise((resolve) => (socket.onmessage = ({ data }) => resolve(tell('message', data))));
        await fetch('${location.origin}/link/' + link.id + '/cut?how=fin', { method: 'POST' });
        await socket.closed;
        await initialize('${location.origin}/dist/tautline.wasm');
        socket.reconnect();
        await socket.opened;
        while (!socket.managed) await new Promise((resolve) => setTimeout(resolve, 0));
        tell('managed');
        socket.close();
        await socket.closed;
      `,
      7,
    );
    expect(told.filter((line) => !line.startsWith('plain'))).to.deep.equal(['open', 'message queued', 'close', 'open', 'managed', 'close']);
    expect(told.filter((line) => line.startsWith('plain'))).to.deep.equal(['plain true']);
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
    const told = await inFrame(
      `<meta http-equiv="Content-Security-Policy" content="script-src ${location.origin} 'unsafe-inline'">`,
      `
        import { ReconnectingWebSocket } from '${location.origin}/dist/index.js';
        const socket = new ReconnectingWebSocket('${url('/echo')}');
        socket.onmessage = ({ data }) => tell('message', data);
        socket.addEventListener('plain', ({ error }) => {
          tell('plain', /Error$/.test(error.name));
          socket.send('alive');
        });
        socket.send('early');
      `,
      3,
    );
    expect(told.sort()).to.deep.equal(['message alive', 'message early', 'plain true']);
  });

  it('a host that can’t unpack the module leaves a plain socket, which says so', async () => {
    const told = await inFrame(
      '<script>delete globalThis.DecompressionStream;</script>',
      `
        import { ReconnectingWebSocket } from '${location.origin}/dist/index.js';
        const socket = new ReconnectingWebSocket('${url('/echo')}');
        socket.onmessage = ({ data }) => tell('message', data, socket.managed);
        socket.addEventListener('plain', ({ error }) => {
          tell('plain', error.name);
          socket.send('alive');
        });
        socket.send('early');
      `,
      3,
    );
    expect(told.sort()).to.deep.equal(['message alive false', 'message early false', 'plain ReferenceError']);
  });

  it('a module that did not come is asked for again when the connection is lost', async () => {
    const code = await (await fetch('/dist/index.js')).text();
    const part = /import\("\.\/(part-embedded-[\w-]+\.js)"\)/.exec(code)?.[1];
    expect(part, 'the part that is loaded beside').to.be.a('string');
    // The first time there is no such module.
    const own = code
      .replace(/(from|import)"\.\//g, `$1"${location.origin}/dist/`)
      .replace(`import("./${part}")`, `((globalThis.tried = (globalThis.tried ?? 0) + 1) === 1 ? import("${location.origin}/nowhere.js") : import("${location.origin}/dist/${part}"))`)
      .replaceAll('import("./', `import("${location.origin}/dist/`);
    const module = URL.createObjectURL(new Blob([own], { type: 'text/javascript' }));
    const told = await inFrame(
      '',
      `
        const { ReconnectingWebSocket } = await import('${module}');
        const link = await (await fetch('${location.origin}/link', { method: 'POST' })).json();
        const socket = new ReconnectingWebSocket('ws://127.0.0.1:' + link.port + '/echo', [], { retry: { backoff: [0] } });
        for (const type of ['open', 'close']) socket.addEventListener(type, () => tell(type));
        socket.addEventListener('plain', () => tell('plain'));
        await Promise.all([socket.opened, new Promise((resolve) => socket.addEventListener('plain', resolve))]);
        await fetch('${location.origin}/link/' + link.id + '/cut?how=fin', { method: 'POST' });
        await new Promise((resolve) => socket.addEventListener('close', resolve));
        await socket.opened;
        tell(socket.managed);
        socket.close();
      `,
      5,
    );
    URL.revokeObjectURL(module);
    expect([...told].sort()).to.deep.equal(['close', 'open', 'open', 'plain', 'true']);
  });

  it('messages keep their numbers when it comes, also after one that was dropped before', async () => {
    const { ReconnectingWebSocket, initialize } = await slim();
    let arrive;
    const loading = initialize(new Promise((resolve) => (arrive = resolve)));
    const link = await Link.open();
    await link.order('hang');
    const outbox = { maxMessages: 1, overflow: 'drop-newest' };
    const socket = new ReconnectingWebSocket(link.url('/echo'), [], { ...SOON, outbox });
    const receipts = [socket.post('queued'), socket.post('dropped')];
    arrive('/dist/tautline.wasm');
    await loading;
    await managed(socket);
    await link.order('thaw');
    await socket.opened;
    expect(await receipts[0].sent).to.equal('handed-over');
    receipts.push(socket.post('direct'));
    expect(receipts.map(({ id }) => id)).to.deep.equal([0, 1, 2]);
    expect(receipts.map(({ fate }) => fate)).to.deep.equal(['handed-over', 'dropped', 'handed-over']);
    socket.close();
    await socket.closed;
  });

  it('a machine that traps is lost, and the socket goes on with its connection as a plain one', async () => {
    const told = await inFrame(
      `<script>
        // A trap is what cannot be provoked: the module's functions are given one, for what lib/machine.js calls PASS. Their names are short.
        const { instantiate } = WebAssembly;
        WebAssembly.instantiate = async (...values) => {
          const { instance, module } = await instantiate.apply(WebAssembly, values);
          const exports = { ...instance.exports };
          for (const [name, value] of Object.entries(exports)) {
            if (typeof value !== 'function') continue;
            exports[name] = (...numbers) => {
              if (globalThis.trap && numbers[1] === 17) throw new WebAssembly.RuntimeError('unreachable');
              return value(...numbers);
            };
          }
          return { instance: { exports }, module };
        };
      </script>`,
      `
        import { ReconnectingWebSocket } from '${location.origin}/dist/index.js';
        const socket = new ReconnectingWebSocket('${url('/control')}');
        for (const type of ['open', 'close']) socket.addEventListener(type, () => tell(type));
        socket.addEventListener('plain', ({ error }) => tell('plain', error.message));
        socket.addEventListener('message', ({ data }) => tell(data));
        await socket.opened;
        while (!socket.managed) await new Promise((resolve) => setTimeout(resolve, 0));
        socket.send('before');
        globalThis.trap = true;
        socket.send('in the trap');
        tell(socket.managed, socket.readyState);
        socket.send('after');
        socket.send('close 4000');
      `,
      7,
    );
    expect(told).to.deep.equal(['open', 'plain unreachable', 'false 1', 'before', 'in the trap', 'after', 'close']);
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
