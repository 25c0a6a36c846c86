// Listeners: what is done to a socket of ours and to the browser's own leads to the same calls, in the same order.
import { expect } from './chai/index.js';
import { closeAll, connect, next, turn, url } from './support.js';

const NativeWebSocket = globalThis.WebSocket;

/** Runs a scenario on a socket that echoes; returns what it noted. */
async function play(make, scenario, messages) {
  const socket = make();
  const notes = [];
  const note = (...values) => notes.push(values.join(' '));
  await next(socket, 'open');
  scenario(socket, note);
  for (let n = 1; n <= messages; n += 1) socket.send(`${n}`);
  // The server closes after all that it has echoed.
  socket.send('close 1000');
  // Not by a listener: what is tested is how listeners are called.
  while (socket.readyState !== NativeWebSocket.CLOSED) await turn();
  await turn();
  return notes;
}

const native = () => new NativeWebSocket(url('/control'));
const ours = () => connect(url('/control'));
/** One that never has a machine. */
const plain = () => connect(url('/control'), [], { retry: false });

/** What the scenario notes is the same with the browser's socket and with ours. */
function alike(name, scenario, messages = 3) {
  it(name, async () => {
    const expected = await play(native, scenario, messages);
    expect(expected.length, 'notes of the scenario').to.be.greaterThan(0);
    expect(await play(ours, scenario, messages), 'with the machine').to.deep.equal(expected);
    expect(await play(plain, scenario, messages), 'without').to.deep.equal(expected);
  });
}

describe('listeners, as the browser’s own', () => {
  afterEach(closeAll);

  alike('calls one listener, with the socket as “this”, target and currentTarget', (socket, note) => {
    socket.addEventListener('message', function (event) {
      note(event.data, this === socket, event.target === socket, event.currentTarget === socket, event.eventPhase, event.isTrusted);
    });
  });

  alike('calls several in the order in which they came, onmessage at its first place', (socket, note) => {
    socket.addEventListener('message', () => note('a'));
    socket.onmessage = () => note('old');
    socket.addEventListener('message', () => note('b'));
    socket.onmessage = () => note('new');
    socket.addEventListener('message', () => note('c'));
  });

  alike('calls those that capture first', (socket, note) => {
    socket.addEventListener('message', () => note('bubble'));
    socket.addEventListener('message', () => note('capture'), true);
    socket.addEventListener('message', () => note('capture too'), { capture: true });
    socket.addEventListener('close', () => note('close bubble'));
    socket.addEventListener('close', () => note('close capture'), true);
  });

  alike('takes the same listener once for each phase, and removes it by its phase', (socket, note) => {
    const listener = (event) => note('same', event.data);
    for (let n = 0; n < 3; n += 1) socket.addEventListener('message', listener);
    socket.addEventListener('message', listener, true);
    socket.addEventListener('message', (event) => event.data === '2' && socket.removeEventListener('message', listener, { capture: true }));
  });

  alike('calls a listener once that was to be called once, and takes it again', (socket, note) => {
    const listener = (event) => {
      note('once', event.data);
      if (event.data === '1') socket.addEventListener('message', listener, { once: true });
    };
    socket.addEventListener('message', listener, { once: true });
  });

  alike('calls objects by their handleEvent, looked up each time', (socket, note) => {
    const object = {
      handleEvent(event) {
        note('first', event.data, this === object);
        object.handleEvent = (later) => note('second', later.data);
      },
    };
    socket.addEventListener('message', object);
  });

  alike('forgets listeners whose signal is aborted, also during the call', (socket, note) => {
    const controller = new AbortController();
    const { signal } = controller;
    socket.addEventListener('message', (event) => {
      note('a', event.data);
      if (event.data === '2') controller.abort();
    });
    socket.addEventListener('message', (event) => note('b', event.data), { signal });
    socket.addEventListener('message', () => note('never'), { signal: AbortSignal.abort() });
  });

  alike('lets a sole listener with a signal go', (socket, note) => {
    const controller = new AbortController();
    socket.addEventListener(
      'message',
      (event) => {
        note(event.data);
        if (event.data === '2') controller.abort();
      },
      { signal: controller.signal },
    );
    socket.addEventListener('close', () => note('close'));
  });

  alike('calls no listener that another has removed, and none that came during the call', (socket, note) => {
    const second = (event) => note('second', event.data);
    const third = (event) => note('third', event.data);
    socket.addEventListener('message', function first(event) {
      note('first', event.data);
      if (event.data === '1') {
        socket.removeEventListener('message', second);
        socket.addEventListener('message', third);
      }
      if (event.data === '2') socket.removeEventListener('message', first);
    });
    socket.addEventListener('message', second);
  });

  alike('goes from one listener to two and back', (socket, note) => {
    const second = (event) => {
      note('second', event.data);
      socket.removeEventListener('message', second);
    };
    socket.addEventListener('message', (event) => {
      note('first', event.data);
      if (event.data === '1') socket.addEventListener('message', second);
    });
  }, 4);

  alike('lets a listener remove itself and leave one other', (socket, note) => {
    socket.addEventListener('message', function gone(event) {
      note('gone', event.data);
      socket.removeEventListener('message', gone);
    });
    socket.addEventListener('message', (event) => note('stays', event.data));
  });

  alike('stops at stopImmediatePropagation, called as a method and from the prototype', (socket, note) => {
    socket.addEventListener('message', (event) => {
      note('a', event.data);
      if (event.data === '1') event.stopImmediatePropagation();
      if (event.data === '2') Event.prototype.stopImmediatePropagation.call(event);
    });
    socket.addEventListener('message', (event) => note('b', event.data));
    socket.addEventListener('open', () => note('never again'));
  });

  alike('runs microtasks between two listeners', (socket, note) => {
    socket.addEventListener('message', () => {
      note('a');
      queueMicrotask(() => note('microtask'));
    });
    socket.addEventListener('message', () => note('b'));
    socket.addEventListener('close', () => queueMicrotask(() => note('microtask of close')));
    socket.addEventListener('close', () => note('close'));
  });

  alike('does nothing for a handler that is no function, and takes what is no object for null', (socket, note) => {
    for (const value of [{}, 1, 'text', null, undefined, Symbol.iterator]) {
      socket.onmessage = value;
      note(socket.onmessage === value, socket.onmessage === null);
    }
    socket.onmessage = { handleEvent: () => note('not a handler’s way') };
    socket.addEventListener('message', () => note('listener'));
  });

  alike('does not cancel what can’t be cancelled', (socket, note) => {
    socket.onmessage = (event) => {
      event.preventDefault();
      note(event.defaultPrevented, event.cancelable);
      return false;
    };
  });

  alike('dispatches events of the application’s own to the same listeners', (socket, note) => {
    socket.addEventListener('message', (event) => note('a', event.data, event.isTrusted, event.target === socket));
    socket.onmessage = (event) => note('b', event.type, event.composedPath().length);
    note(socket.dispatchEvent(new MessageEvent('message', { data: 'synthetic' })));
    const cancelable = new Event('open', { cancelable: true });
    socket.onopen = () => false;
    note(socket.dispatchEvent(cancelable), cancelable.defaultPrevented);
    socket.addEventListener('other', (event) => note(event.type, event.target === socket), { once: true });
    socket.dispatchEvent(new Event('other'));
    socket.dispatchEvent(new Event('other'));
  });

  alike('throws for what can’t be a listener', (socket, note) => {
    for (const values of [['message'], [], ['message', 1], ['message', 'x'], ['message', () => {}, { signal: 1 }], ['message', () => {}, { signal: null }]]) {
      try {
        socket.addEventListener(...values);
        note('taken', values.length);
      } catch (error) {
        note(error.name);
      }
    }
    socket.addEventListener('message', null);
    socket.removeEventListener('message', () => {});
    socket.removeEventListener('message', null);
    for (const values of [['message'], ['message', 1]]) {
      try {
        socket.removeEventListener(...values);
        note('taken');
      } catch (error) {
        note(error.name);
      }
    }
  });

  it('reports what a listener throws, and calls the next one', async () => {
    for (const make of [native, ours, plain]) {
      const reported = [];
      globalThis.claimError = ({ error }) => reported.push(error.message);
      const socket = make();
      await next(socket, 'open');
      socket.addEventListener('message', () => {
        throw new Error('sole');
      });
      socket.send('1');
      await next(socket, 'message');
      await turn();
      socket.addEventListener('message', () => {
        throw new Error('second');
      });
      socket.send('2');
      await next(socket, 'message');
      await turn();
      socket.close();
      await next(socket, 'close');
      globalThis.claimError = null;
      expect(reported).to.deep.equal(['sole', 'sole', 'second']);
    }
  });

  alike('keeps the order when one that captures comes during a call, and when the first one goes', (socket, note) => {
    const first = (event) => {
      note('first', event.data);
      if (event.data === '1') socket.addEventListener('message', (later) => note('capture', later.data), true);
      if (event.data === '3') socket.removeEventListener('message', first);
    };
    socket.addEventListener('message', first);
    socket.addEventListener('message', (event) => note('second', event.data));
    socket.addEventListener('message', (event) => {
      note('third', event.data);
      if (event.data === '4') socket.addEventListener('message', first, { once: true });
    });
  }, 6);

  it('gives a message the same fields during a call and after it', async () => {
    const socket = connect(url('/echo'));
    await socket.opened;
    socket.send('x');
    const event = await new Promise((resolve) => {
      socket.onmessage = (now) => {
        const { data, target, srcElement, currentTarget } = now;
        expect([data, target, srcElement, currentTarget]).to.deep.equal(['x', socket, socket, socket]);
        resolve(now);
      };
    });
    await turn();
    const { data, target, srcElement, currentTarget } = event;
    expect([data, target, srcElement, currentTarget]).to.deep.equal(['x', socket, socket, null]);
    const other = new EventTarget();
    other.addEventListener('message', (again) => expect([again.data, again.target]).to.deep.equal(['x', other]));
    other.dispatchEvent(event);
    socket.close();
    await socket.closed;
  });

  it('gives no state to an event: it looks like the browser’s own', async () => {
    const socket = connect(url('/echo'));
    await socket.opened;
    socket.send('x');
    const event = await next(socket, 'message');
    expect(Object.prototype.toString.call(event)).to.equal('[object MessageEvent]');
    expect(event.constructor).to.equal(MessageEvent);
    expect(event instanceof Event).to.equal(true);
    expect(Object.keys(event).filter((name) => name !== 'isTrusted')).to.deep.equal([]);
  });
});
