// Each transport against the server: what arrives, what is sent, and both ends of a connection.
import { expect } from './chai/index.js';
import { Channel, Inbox, TYPES, closePipes, kinds, large, published } from './push-support.js';
import { Link, closeAll, engine, next, record, turn } from './support.js';

const MIB = 1_048_576;
const utf8 = (text) => new TextEncoder().encode(text);

/** Quicker than a deep comparison of what may have a million bytes. */
function same(a, b) {
  if (typeof a === 'string' || typeof b === 'string') return a === b;
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

function shown(data) {
  if (data.length < 20) return JSON.stringify(data);
  return typeof data === 'string' ? data.slice(0, 40) : `${data.length} bytes: ${data.slice(0, 20)}`;
}

function expectSame(messages, expected) {
  expect(messages.length).to.equal(expected.length);
  for (const [at, message] of messages.entries()) {
    if (!same(message, expected[at])) throw new Error(`message ${at + 1} is ${shown(message)} and not ${shown(expected[at])}`);
  }
}

for (const { name, counted, make } of kinds) {
  describe(`a channel by ${name}`, () => {
    let channel;
    beforeEach(() => (channel = new Channel()));
    afterEach(closePipes);
    afterEach(closeAll);

    async function opened(options) {
      const pipe = make(channel.url, options);
      const inbox = new Inbox(pipe);
      await next(pipe, 'open');
      return { pipe, inbox };
    }

    it('opens', async () => {
      const pipe = make(`${channel.url}?a=%20b&c`);
      expect([pipe.readyState, pipe.bufferedAmount, pipe.protocol, pipe.extensions, pipe.binaryType]).to.deep.equal([0, 0, '', '', 'blob']);
      expect(pipe.url).to.equal(counted === 'websocket' ? `${channel.url.replace('http', 'ws')}?a=%20b&c` : `${channel.url}?a=%20b&c`);
      expect(() => pipe.send('early')).to.throw(DOMException).with.property('name', 'InvalidStateError');
      const seen = record(pipe, TYPES);
      await next(pipe, 'open');
      expect(pipe.readyState).to.equal(1);
      const { epoch } = await channel.state();
      expect([pipe.epoch, pipe.offset]).to.deep.equal([epoch, 0]);
      expect(seen.map(({ type }) => type)).to.deep.equal(['open']);
      expect(seen[0].target).to.equal(pipe);
    });

    it('delivers messages of all kinds, in order, with their ids', async () => {
      const { pipe, inbox } = await opened();
      await channel.order('publish?count=200&size=100&kind=mixed');
      const messages = await inbox.of(200);
      expectSame(messages, Array.from({ length: 200 }, (_, at) => published(at + 1, 'mixed', 100)));
      expect(inbox.ids).to.deep.equal(messages.map((_, at) => `${pipe.epoch}:${at + 1}`));
      expect(pipe.offset).to.equal(200);
      expect(pipe.repeated).to.be.a('number');
    });

    it('delivers a million bytes, as text and as bytes', async () => {
      const { inbox } = await opened();
      for (const kind of ['lines', 'binary', 'wide']) await channel.order(`publish?count=1&size=${MIB}&kind=${kind}`);
      expectSame(await inbox.of(3), ['lines', 'binary', 'wide'].map((kind) => large(kind, MIB)));
    });

    it('sends of both kinds, whatever is in them, and each is acknowledged', async () => {
      const { pipe, inbox } = await opened();
      const messages = ['a', '', '\r', '\n', '\r\n', '\0', 'a\r\n\0b: c\n\n', '😀', '\ufeffx', 'data: x\n\n', utf8('bytes'), new Uint8Array(), Uint8Array.of(0, 13, 10, 255)];
      for (const message of messages) pipe.send(message);
      expectSame(await inbox.of(messages.length), messages);
      await until(() => pipe.bufferedAmount === 0);
      const { sessions, accepted, repeated, gaps } = await channel.state();
      expect([sessions[pipe.session], accepted, repeated, gaps]).to.deep.equal([messages.length, messages.length, 0, 0]);
    });

    it('sends a Blob, a view, and what is no string, in their order', async () => {
      const { pipe, inbox } = await opened();
      pipe.send(new Blob(['blob']));
      pipe.send(new Uint8Array([1, 2, 3, 4]).subarray(1, 3));
      pipe.send(new DataView(new ArrayBuffer(2)));
      pipe.send(7);
      pipe.send(null);
      pipe.send('\ud800');
      expectSame(await inbox.of(6), [utf8('blob'), Uint8Array.of(2, 3), new Uint8Array(2), '7', 'null', '\ufffd']);
    });

    it('sends a million bytes, and many messages at once', async () => {
      const { pipe, inbox } = await opened();
      const large = 'x'.repeat(MIB);
      pipe.send(large);
      const many = Array.from({ length: 900 }, (_, at) => `${at}`);
      for (const message of many) pipe.send(message);
      expect(pipe.bufferedAmount).to.equal(MIB + many.join('').length);
      expectSame(await inbox.of(901), [large, ...many]);
      await until(() => pipe.bufferedAmount === 0);
      expect((await channel.state()).repeated).to.equal(0);
    });

    it('delivers Blobs where it is told to', async () => {
      const pipe = make(channel.url);
      await next(pipe, 'open');
      const message = next(pipe, 'message');
      await channel.order('publish?hex=00ff0d0a');
      const { data, origin } = await message;
      expect(data).to.be.instanceOf(Blob);
      expect([...new Uint8Array(await data.arrayBuffer())]).to.deep.equal([0, 255, 13, 10]);
      expect(origin).to.equal(new URL(pipe.url).origin);
    });

    it('closes, and the server sees it', async () => {
      const { pipe } = await opened();
      const seen = record(pipe, TYPES);
      pipe.close(4321, 'bye');
      expect(pipe.readyState).to.equal(2);
      const { code, reason, wasClean } = await next(pipe, 'close');
      expect([code, reason, wasClean, pipe.readyState]).to.deep.equal([4321, 'bye', true, 3]);
      await channel.wait(`${counted}=0`);
      pipe.close();
      await turn();
      expect(seen.map(({ type }) => type)).to.deep.equal(['close']);
    });

    it('sends what there is before it closes', async () => {
      const { pipe } = await opened();
      const reader = make(channel.url);
      const inbox = new Inbox(reader);
      await next(reader, 'open');
      for (const text of ['a', 'b', 'c']) pipe.send(text);
      pipe.close();
      const { code, wasClean } = await next(pipe, 'close');
      expect([code, wasClean]).to.deep.equal([1005, true]);
      expectSame(await inbox.of(3), ['a', 'b', 'c']);
    });

    it('is closed before it is open as a WebSocket is', async () => {
      const pipe = make(channel.url);
      const seen = record(pipe, TYPES);
      pipe.close();
      expect(pipe.readyState).to.equal(2);
      const { code, wasClean } = await next(pipe, 'close');
      expect([code, wasClean]).to.deep.equal([1006, false]);
      expect(seen.map(({ type }) => type)).to.deep.equal(['error', 'close']);
      await channel.wait(`${counted}=0`);
    });

    it('ends where the connection is lost', async () => {
      // From another origin too.
      const link = await Link.open();
      const pipe = make(link.url(`/channel/${channel.name}`));
      const seen = record(pipe, TYPES);
      await next(pipe, 'open');
      const message = next(pipe, 'message');
      pipe.send('a');
      expect((await message).origin).to.equal(new URL(pipe.url).origin);
      await until(() => pipe.bufferedAmount === 0);
      const closed = next(pipe, 'close');
      await link.order('stop');
      await link.order('cut?how=reset');
      const { code, wasClean } = await closed;
      expect([code, wasClean]).to.deep.equal([1006, false]);
      expect(seen.map(({ type }) => type)).to.deep.equal(['open', 'message', 'error', 'close']);
      await channel.wait(`${counted}=0`);
    });

    it('ends where the server drops it', async () => {
      // A browser asks again by itself where a connection that it kept is gone.
      if (counted === 'poll') return;
      const { pipe } = await opened();
      const seen = record(pipe, TYPES);
      await channel.wait(`${counted}=1`);
      const closed = next(pipe, 'close');
      await channel.order('drop?how=reset');
      const { code, wasClean } = await closed;
      expect([code, wasClean]).to.deep.equal([1006, false]);
      expect(seen.map(({ type }) => type)).to.deep.equal(['error', 'close']);
      await channel.wait(`${counted}=0`);
    });

    it('goes on where another ended, and nothing is lost or doubled', async () => {
      const { pipe, inbox } = await opened();
      await channel.order('publish?count=3');
      await inbox.of(3);
      const { epoch, offset, session } = pipe;
      pipe.send('mine');
      await inbox.of(4);
      pipe.close();
      await next(pipe, 'close');
      await channel.order('publish?count=2');
      const second = make(channel.url, { epoch, after: offset, session });
      const rest = new Inbox(second);
      await next(second, 'open');
      second.send('mine again');
      await rest.of(4);
      expect(rest.ids).to.deep.equal([4, 5, 6, 7].map((at) => `${epoch}:${at}`));
      expect(rest.messages[0]).to.equal('mine');
      expect((await channel.state()).sessions[session]).to.equal(2);
    });

    it('goes on where there is nothing new, and the numbers of its session too', async () => {
      const { pipe, inbox } = await opened();
      pipe.send('a');
      await inbox.of(1);
      const { epoch, offset, session } = pipe;
      pipe.close();
      await next(pipe, 'close');
      const second = make(channel.url, { lastEventId: `${epoch}:${offset}`, session });
      const rest = new Inbox(second);
      await next(second, 'open');
      second.send('b');
      expectSame(await rest.of(1), ['b']);
      expect((await channel.state()).sessions[session]).to.equal(2);
    });

    it('says what is missing where the history is gone', async () => {
      const first = await opened();
      await channel.order('publish?count=5');
      await first.inbox.of(5);
      const { epoch } = first.pipe;
      first.pipe.close();
      await next(first.pipe, 'close');
      await channel.order('lose?what=trim');
      const trimmed = make(channel.url, { epoch, after: 2 });
      const { detail } = await next(trimmed, 'gap');
      expect(detail).to.deep.equal({ epoch, from: 3, to: 5, recovered: false });
      trimmed.close();
      await next(trimmed, 'close');
      await channel.order('lose?what=epoch');
      const anew = make(channel.url, { epoch, after: 5 });
      const gap = (await next(anew, 'gap')).detail;
      expect(gap).to.deep.equal({ epoch, from: 6, to: null, recovered: false });
      expect(anew.epoch).not.to.equal(epoch);
    });

    it('says that it is not allowed, or that there is no such channel', async () => {
      for (const [prefix, query, code] of [
        ['private-', '', 4401],
        ['private-', '?token=wrong', 4403],
        ['missing-', '', 4404],
      ]) {
        const pipe = make(new Channel(prefix).url + query);
        const seen = record(pipe, TYPES);
        const close = await next(pipe, 'close');
        expect([close.code, close.wasClean], prefix + query).to.deep.equal([code, false]);
        expect(seen.map(({ type }) => type)).to.deep.equal(['error', 'close']);
      }
      const allowed = make(`${new Channel('private-').url}?token=secret`);
      await next(allowed, 'open');
    });

    it('says what no channel says, where there is none at all', async () => {
      for (const path of ['/health', '/nothing-is-here']) {
        const pipe = make(`${location.origin}${path}`);
        const { code, wasClean } = await next(pipe, 'close');
        expect([path, code, wasClean].join()).to.be.oneOf([`${path},4400,false`, `${path},4404,false`, `${path},1006,false`]);
        if (counted !== 'websocket') expect(code).to.equal(path === '/health' ? 4400 : 4404);
      }
    });

    it('ends where nobody listens', async () => {
      const pipe = make('http://127.0.0.1:9/channel/c');
      const { code } = await next(pipe, 'close');
      expect(code).to.equal(1006);
    });

    it('tells whole frames', async () => {
      const { pipe, inbox } = await opened({ frames: true });
      await inbox.of(1);
      expect(inbox.messages[0]).to.match(/^h1:epoch=/);
      pipe.send('s1:ж\r\n');
      pipe.send(utf8('s2:b'));
      await until(() => inbox.messages.includes('a2:') && inbox.ids.filter((id) => id !== '').length === 2);
      const messages = inbox.messages.filter((frame) => frame[0] === 'm' || typeof frame !== 'string');
      expectSame(messages, ['m1:ж\r\n', utf8('m2:b')]);
      expect(pipe.bufferedAmount).to.equal(0);
    });

    if (counted !== 'poll') {
      it('ends where the server’s beats stop, and not before', async () => {
        const link = await Link.open();
        await channel.order('set?beat_ms=50');
        const pipe = make(link.url(`/channel/${channel.name}`), { timeout: 500 });
        await next(pipe, 'open');
        let isOpen = true;
        pipe.onclose = () => (isOpen = false);
        await new Promise((resolve) => setTimeout(resolve, 1500));
        expect(isOpen).to.equal(true);
        const closed = next(pipe, 'close');
        const begun = performance.now();
        await link.order('freeze');
        const { code, reason } = await closed;
        expect([code, reason]).to.deep.equal([1006, 'no beat in time']);
        expect(performance.now() - begun).to.be.within(400, 3000);
      });
    }

    if (counted !== 'websocket') {
      it('is the same from another origin, with headers and credentials', async () => {
        const link = await Link.open();
        const secret = new Channel('private-');
        const isEventSource = name === 'an event stream';
        const options = isEventSource ? { credentials: 'include' } : { credentials: 'include', headers: { authorization: 'Bearer secret' } };
        const pipe = make(link.url(`/channel/${secret.name}${isEventSource ? '?token=secret' : ''}`), options);
        const inbox = new Inbox(pipe);
        await next(pipe, 'open');
        pipe.send('a');
        expectSame(await inbox.of(1), ['a']);
      });
    }
  });
}

async function until(is) {
  const end = performance.now() + 20_000;
  while (!is()) {
    if (performance.now() > end) throw new Error(`waited for ${is}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('the engines', () => {
  it('have a WebSocketStream or not', () => {
    expect(typeof globalThis.WebSocketStream === 'function').to.equal(engine === 'chromium');
  });
});
