// A module that traps, wherever that happens: a socket goes on as a plain one and says so, a Channel ends and says so, and both can begin again.
import { expect } from './chai/index.js';
import { TRAPS, inFrame } from './frame-support.js';
import { Topic } from './channel-support.js';
import { url } from './support.js';

/** A socket that is up, with the machine, and tells what it sees. */
const socket = (options = '{}', path = '/control') => `
  import { ReconnectingWebSocket } from '${location.origin}/dist/index.js';
  const quick = { retry: { backoff: [0] } };
  const socket = new ReconnectingWebSocket('${url(path)}', [], { ...quick, ...${options} });
  for (const type of ['open', 'close', 'retry']) socket.addEventListener(type, () => tell(type));
  socket.addEventListener('plain', ({ error }) => tell('plain', error.message));
  socket.addEventListener('message', ({ data }) => tell(data));
  socket.addEventListener('fate', ({ first, last, fate }) => tell('fate', first, last, fate));
  const turns = async (is) => { while (!is()) await new Promise((resolve) => setTimeout(resolve, 0)); };
  await socket.opened;
  await turns(() => socket.managed);
`;

describe('a machine that traps', () => {
  it('while it sends: the message and those after it go out, and the connection stays', async () => {
    const told = await inFrame(
      TRAPS,
      `${socket()}
        const receipt = socket.post('before');
        globalThis.trap = true;
        const trapped = socket.post('in the trap');
        tell(socket.managed, socket.readyState, receipt.id, trapped.id, trapped.fate);
        socket.send('after');
      `,
      6,
    );
    expect(told).to.deep.equal(['open', 'plain unreachable', 'false 1 0 1 handed-over', 'before', 'in the trap', 'after']);
  });

  it('when a message has come: it is delivered', async () => {
    const told = await inFrame(
      TRAPS,
      `${socket("{ heartbeat: { message: 'beat', isReply: (data) => data === 'beat' } }")}
        socket.send('text it came');
        globalThis.trap = true;
        await turns(() => !socket.managed);
        socket.send('text more');
      `,
      4,
    );
    expect(told).to.deep.equal(['open', 'plain unreachable', 'it came', 'more']);
  });

  it('when the connection ends: that is told, and another machine makes the next one', async () => {
    const told = await inFrame(
      TRAPS,
      `${socket()}
        socket.send('close 4000');
        globalThis.trap = true;
        await turns(() => !socket.managed);
        globalThis.trap = false;
        await turns(() => socket.managed && socket.readyState === 1);
        tell(globalThis.instances);
        socket.send('again');
      `,
      7,
    );
    expect(told).to.deep.equal(['open', 'plain unreachable', 'close', 'retry', 'open', '2', 'again']);
  });

  it('in a timer while there is no connection: it ends and says so, and can be begun again with another machine', async () => {
    const told = await inFrame(
      TRAPS,
      `${socket('{ retry: { backoff: [50] } }')}
        socket.addEventListener('retry', () => {
          socket.post('waits').sent.then((fate) => tell('sent', fate));
          globalThis.trap = true;
        });
        socket.send('close 4000');
        const closed = await socket.closed;
        tell(closed.code, socket.readyState, socket.phase);
        globalThis.trap = false;
        socket.reconnect();
        await socket.opened;
        await turns(() => socket.managed);
        tell(globalThis.instances);
      `,
      11,
    );
    expect(told.slice(0, 5)).to.deep.equal(['open', 'fate 0 0 unknown', 'close', 'retry', 'plain unreachable']);
    expect(told.slice(5, 9).sort()).to.deep.equal(['1006 3 closed', 'close', 'fate 1 1 failed', 'sent failed']);
    expect(told.slice(9)).to.deep.equal(['open', '2']);
  });

  it('while it connects: the connection that is being opened goes on, with what waits to be sent, under its numbers', async () => {
    const told = await inFrame(
      TRAPS,
      `${socket()}
        let opening = false;
        socket.addEventListener('connecting', () => {
          if (opening) return;
          opening = true;
          queueMicrotask(() => {
            socket.post('waits').sent.then((fate) => tell('sent', fate));
            globalThis.trap = true;
            const second = socket.post('waits too');
            tell(second.id, second.fate);
          });
        });
        socket.send('close 4000');
        await turns(() => opening);
        await turns(() => socket.readyState === 1);
        tell(socket.managed);
      `,
      13,
    );
    expect(told.slice(0, 6)).to.deep.equal(['open', 'fate 0 0 unknown', 'close', 'retry', 'plain unreachable', '2 queued']);
    expect(told.slice(6).sort()).to.deep.equal(['false', 'fate 1 1 handed-over', 'fate 2 2 handed-over', 'open', 'sent handed-over', 'waits', 'waits too']);
  });

  it('when it is closed: the connection is closed all the same', async () => {
    const told = await inFrame(
      TRAPS,
      `${socket()}
        globalThis.trap = true;
        socket.close(3100, 'enough');
        const { code, reason, wasClean } = await socket.closed;
        tell(code, reason, wasClean);
      `,
      4,
    );
    expect(told).to.deep.equal(['open', 'plain unreachable', 'close', '3100 enough true']);
  });

  it('as soon as it is there: the connection that was there first goes on', async () => {
    const told = await inFrame(
      TRAPS,
      `
        globalThis.trap = true;
        import { ReconnectingWebSocket } from '${location.origin}/dist/index.js';
        const socket = new ReconnectingWebSocket('${url('/control')}');
        socket.addEventListener('plain', ({ error }) => {
          tell('plain', error.message);
          socket.send('late');
        });
        socket.addEventListener('message', ({ data }) => tell(data));
        socket.send('early');
        const receipt = socket.post('second');
      `,
      4,
    );
    expect([...told].sort()).to.deep.equal(['early', 'late', 'plain unreachable', 'second']);
  });
});

/** A Channel that is up and tells what it sees. */
const channel = (topic) => `
  import { Channel } from '${location.origin}/dist/channel.js';
  const channel = new Channel('${topic.url}', { transports: ['websocket'], backoff: [0], remember: false });
  for (const type of ['open', 'lost', 'retry']) channel.addEventListener(type, () => tell(type));
  channel.addEventListener('fate', ({ first, last, fate }) => tell('fate', first, last, fate));
  channel.addEventListener('close', ({ cause }) => tell('close', cause.kind, channel.phase));
  channel.addEventListener('message', ({ data }) => tell('message', data));
  const order = (what) => fetch('${topic.url}/dev/' + what, { method: 'POST' });
  await channel.opened;
`;

/** What it is to do after the end: it says why, refuses what is sent, and begins again where it was, with another instance. */
const AFTERWARDS = `
  await channel.closed;
  await channel.opened.catch(({ name, message }) => tell(name, message));
  try {
    channel.send('x');
  } catch ({ name }) {
    tell(name);
  }
  globalThis.trap = false;
  channel.reconnect();
  await channel.opened;
  await order('publish?text=after');
`;
const COMES_BACK = ['ChannelError the module has failed', 'InvalidStateError', 'open', 'message after'];

describe('the module of a Channel that traps', () => {
  const places = {
    'while it sends': ["channel.send('a'); globalThis.trap = true; channel.send('b');", ['fate 1 1 unknown']],
    'when a message has come': ["globalThis.trap = true; await order('publish?text=lost');", []],
    'when an acknowledgement has come': ["channel.send('a'); globalThis.trap = true;", ['fate 1 1 unknown']],
    'when the connection ends': ["globalThis.trap = true; await order('drop?how=fin');", []],
    'in a timer': ["const again = new Promise((resolve) => channel.addEventListener('open', resolve, { once: true })); await order('set?beat_ms=20'); await order('drop?how=fin'); await again; globalThis.trap = true;", []],
    'when it is closed': ['globalThis.trap = true; channel.close();', []],
  };
  for (const [place, [provoke, fates]] of Object.entries(places)) {
    it(`${place}: it ends and says so, and can be begun again`, async () => {
      const before = place === 'in a timer' ? ['open', 'lost', 'retry', 'open'] : ['open'];
      const count = before.length + fates.length + 1 + COMES_BACK.length;
      // What was published while it was away comes first.
      const missed = place.startsWith('when a message') ? ['message lost'] : place.startsWith('w') && fates.length > 0 ? ['message a'] : [];
      const told = await inFrame(TRAPS, `${channel(new Topic())} ${provoke} ${AFTERWARDS}`, count + missed.length);
      const expected = [...before, ...fates, 'close crashed closed', ...COMES_BACK.slice(0, 3), ...missed, COMES_BACK[3]];
      expect(told).to.deep.equal(expected);
    });
  }
});
