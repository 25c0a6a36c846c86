// The interface of the transports: the browser's WebSocket is the judge, where it has a say.
import { expect } from './chai/index.js';
import { StreamedWebSocket } from '/dist/websocket-stream.js';
import { EventStream } from '/dist/event-stream.js';
import { Channel, Inbox, closePipes, kinds } from './push-support.js';
import { Timers } from './push-fake.js';
import { engine, next, turn, within } from './support.js';

const { WebSocket } = globalThis;
const vectors = await (await fetch('vectors/values.json')).json();

/** The name of what a function throws. */
function thrown(attempt) {
  try {
    attempt();
  } catch (error) {
    return error.name;
  }
  return 'nothing';
}

for (const { name, counted, make } of kinds) {
  describe(`the interface of ${name}`, () => {
    let channel;
    beforeEach(() => (channel = new Channel('js-face-')));
    afterEach(closePipes);

    it('has what the browser’s has, of the same kinds', () => {
      const pipe = make(channel.url);
      const native = new WebSocket(channel.url.replace('http', 'ws'));
      native.close();
      for (const member of Object.keys(WebSocket.prototype)) {
        expect(typeof pipe[member], member).to.equal(typeof native[member]);
      }
      for (const state of ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED']) {
        expect([pipe.constructor[state], pipe[state]], state).to.deep.equal([WebSocket[state], WebSocket[state]]);
      }
      expect(pipe).to.be.instanceOf(EventTarget);
      expect(pipe.session).to.match(/^[\w-]{22}$/);
      expect(make(channel.url).session).not.to.equal(pipe.session);
    });

    it('takes and refuses URLs, relative ones too', () => {
      const path = `/channel/${channel.name}`;
      const { host } = location;
      const scheme = counted === 'websocket' ? 'ws' : 'http';
      for (const url of [path, `http://${host}${path}`, `ws://${host}${path}`, new URL(channel.url)]) expect(make(url).url).to.equal(`${scheme}://${host}${path}`);
      for (const url of ['http://', 'ftp://a.example', 'data:,', 'javascript:1', `${channel.url}#`, `${channel.url}#x`, 'http://a:x']) {
        expect(thrown(() => make(url)), url).to.equal('SyntaxError');
      }
      for (const url of ['ftp://user:word@a.example/?token=secret', 'http://a:x/?token=secret#secret', `${channel.url}?token=secret#x`]) {
        try {
          make(url);
        } catch (error) {
          expect(error.message).not.to.match(/secret|user|word/);
        }
      }
    });

    it('takes and refuses close codes and reasons as the browser does', () => {
      for (const code of vectors.closeCodes.accepted) expect(thrown(() => make(channel.url).close(code)), `${code}`).to.equal('nothing');
      const pipe = make(channel.url);
      for (const code of [...vectors.closeCodes.refused, NaN, null, -1, 70_000, 'x']) {
        expect(thrown(() => pipe.close(code)), `${code}`).to.equal('InvalidAccessError');
      }
      for (const { text, units, repeat = 1, bytes } of vectors.closeReasons) {
        const reason = (text ?? String.fromCharCode(...units)).repeat(repeat);
        expect(thrown(() => make(channel.url).close(1000, reason)), `${bytes}`).to.equal(bytes > 123 ? 'SyntaxError' : 'nothing');
      }
      expect(pipe.readyState).to.equal(0);
    });

    it('refuses options that are none, and says which', () => {
      for (const [options, error, message] of [
        [{ interval: 1 }, TypeError, 'interval'],
        [{ session: 'short' }, TypeError, 'session'],
        [{ epoch: 'e1' }, TypeError, 'after'],
        [{ after: 1 }, TypeError, 'epoch'],
        [{ epoch: 'e.1', after: 1 }, TypeError, 'epoch'],
        [{ epoch: 'e1', after: -1 }, TypeError, 'after'],
        [{ lastEventId: 'e1' }, TypeError, 'lastEventId'],
        [{ lastEventId: 'e1:99999999999999999' }, TypeError, 'lastEventId'],
        [{ timeout: 0 }, RangeError, 'timeout'],
        [{ timeout: '1' }, TypeError, 'timeout'],
        [{ timeout: NaN }, TypeError, 'timeout'],
        [{ limits: { frame: 0 } }, RangeError, 'frame'],
        [{ limits: { frames: 1 } }, TypeError, 'frames'],
        [{ limits: 1 }, TypeError, 'limits'],
        ['x', TypeError, 'options'],
      ]) {
        expect(() => make(channel.url, options), JSON.stringify(options)).to.throw(error, message);
      }
      if (counted === 'poll') {
        expect(() => make(channel.url, { every: 0, wait: -1 })).to.throw();
        expect(() => make(channel.url, { credentials: 'always' })).to.throw(TypeError, 'credentials');
      }
    });

    it('has handlers that keep their place, and their `this`', async () => {
      const pipe = make(channel.url);
      const seen = [];
      pipe.addEventListener('open', () => seen.push('first'));
      pipe.onopen = () => seen.push('never');
      pipe.addEventListener('open', () => seen.push('third'));
      const handler = function (event) {
        seen.push(this === pipe && event.currentTarget === pipe && event.target === pipe);
      };
      pipe.onopen = handler;
      expect(pipe.onopen).to.equal(handler);
      pipe.onmessage = 7;
      expect(pipe.onmessage).to.equal(null);
      pipe.onmessage = () => seen.push('never');
      pipe.onmessage = null;
      await next(pipe, 'open');
      const message = next(pipe, 'message');
      await channel.order('publish?count=1');
      await message;
      expect(seen).to.deep.equal(['first', true, 'third']);
    });

    it('keeps its binaryType to what there is', () => {
      const pipe = make(channel.url);
      for (const [value, now] of [['arraybuffer', 'arraybuffer'], ['nodebuffer', 'arraybuffer'], ['blob', 'blob']]) {
        pipe.binaryType = value;
        expect(pipe.binaryType).to.equal(now);
      }
    });

    it('counts what is sent in vain, and throws nothing', async () => {
      const pipe = make(channel.url);
      await next(pipe, 'open');
      pipe.close();
      pipe.send('äb');
      pipe.send(new ArrayBuffer(5));
      pipe.send(new Blob(['123']));
      expect(pipe.bufferedAmount).to.equal(11);
      await next(pipe, 'close');
      pipe.send('x');
      expect(pipe.bufferedAmount).to.equal(12);
      expect(() => pipe.send()).to.throw(TypeError);
    });

    it('leaves no timer and no request behind', async () => {
      const timers = new Timers();
      try {
        const ends = [(pipe) => pipe.close(), () => channel.order('drop?how=reset')];
        for (const end of counted === 'poll' ? ends.slice(0, 1) : ends) {
          const pipe = make(channel.url);
          const inbox = new Inbox(pipe);
          await next(pipe, 'open');
          pipe.send('a');
          await inbox.of(1);
          const closed = next(pipe, 'close');
          await end(pipe);
          await closed;
          await channel.wait(`${counted}=0`);
          await turn();
          expect(timers.live.size).to.equal(0);
        }
      } finally {
        timers.restore();
      }
    });
  });
}

describe('what only some transports have', () => {
  afterEach(closePipes);

  it('is missing by name where the browser has no WebSocketStream', () => {
    if (engine === 'chromium') return;
    expect(StreamedWebSocket.isSupported).to.equal(false);
    expect(() => new StreamedWebSocket('/channel/c')).to.throw(DOMException).with.property('name', 'NotSupportedError');
  });

  it('is refused where an EventSource could not do it', () => {
    expect(() => new EventStream('/channel/c', { headers: {} })).to.throw(TypeError, 'headers');
    expect(() => new EventStream('/channel/c', { credentials: 'omit' })).to.throw(DOMException).with.property('name', 'NotSupportedError');
  });

  for (const { name, make } of kinds.filter(({ name }) => ['a WebSocketStream', 'a stream by fetch', 'long polling'].includes(name))) {
    it(`holds the server back while it is paused, and loses nothing: ${name}`, async () => {
      const channel = new Channel('js-pace-');
      const pipe = make(channel.url);
      const inbox = new Inbox(pipe);
      await next(pipe, 'open');
      pipe.addEventListener('message', () => pipe.pause(), { once: true });
      await channel.order('publish?count=100&size=2000');
      await inbox.of(1);
      for (let count = 0; count < 20; count += 1) await turn();
      expect(inbox.messages.length).to.equal(1);
      pipe.resume();
      expect((await inbox.of(100)).map((text) => parseInt(text, 10))).to.deep.equal(Array.from({ length: 100 }, (_, at) => at + 1));
    });
  }
});

describe('the transports in a worker', () => {
  it('work as in a window', async () => {
    const channel = new Channel('js-worker-');
    const worker = new Worker('push-worker.js', { type: 'module' });
    try {
      worker.postMessage(channel.url);
      for (const { name } of kinds) {
        const { data } = await within(`${name} in a worker`, new Promise((resolve, reject) => {
          worker.onmessage = resolve;
          worker.onerror = (event) => reject(new Error(`the worker failed: ${event.message}`));
          worker.postMessage('next');
        }));
        expect(data).to.deep.equal([name, 'open', 'hello', 4000]);
      }
    } finally {
      worker.terminate();
    }
  });
});
