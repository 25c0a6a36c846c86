// What the transports over HTTP make of a server that does wrong, each told apart by the close code and its reason.
import { expect } from './chai/index.js';
import { FetchStream } from '/dist/event-stream.js';
import { LongPolling } from '/dist/long-polling.js';
import { Polling } from '/dist/polling.js';
import { FakeServer, Timers, events, hello } from './push-fake.js';
import { writeRecords } from './push/frames.js';
import { next, record, turn } from './support.js';

const HOST = 'https://channel.example/channel/c';
const TYPES = ['open', 'message', 'error', 'close', 'gap'];

const kinds = [
  { name: 'polling with a delay', type: undefined, make: (options) => new Polling(HOST, { every: 1, ...options }) },
  { name: 'polling at a rate', type: undefined, make: (options) => new Polling(HOST, { every: 10_000, fixed: 'rate', ...options }) },
  { name: 'long polling', type: undefined, make: (options) => new LongPolling(HOST, { wait: 5, ...options }) },
  { name: 'a stream by fetch', type: 'text/event-stream', make: (options) => new FetchStream(HOST, options) },
];

/** A body of these text frames, as this kind has them. */
const bodyOf = ({ type }, ...frames) => (type ? events(...frames) : writeRecords(frames));

for (const kind of kinds) {
  describe(`the faults of a server, seen by ${kind.name}`, () => {
    let server;
    let timers;
    beforeEach(() => {
      server = new FakeServer();
      timers = new Timers();
    });
    afterEach(() => {
      server.restore();
      timers.restore();
    });

    /** Makes one, answers its first request, and tells how it ended: names of events, and the close event. */
    async function end(answer, options) {
      const pipe = kind.make(options);
      const seen = record(pipe, TYPES);
      const closed = next(pipe, 'close');
      const exchange = await server.next();
      answer(exchange);
      const { code, reason, wasClean } = await closed;
      expect(pipe.readyState).to.equal(3);
      await turn();
      expect(seen.at(-1).type, 'nothing follows').to.equal('close');
      expect(exchange.aborted, 'the request is over').to.equal(true);
      expect(server.left, 'requests').to.deep.equal([]);
      expect(timers.live.size, 'timers').to.equal(0);
      return { code, reason, wasClean, types: seen.map(({ type }) => type), data: seen.filter(({ type }) => type === 'message').map(({ data }) => data) };
    }

    const failed = (code, reason, types = ['error', 'close']) => ({ code, reason, wasClean: false, types, data: [] });

    it('has a close code for each status', async () => {
      const codes = { 400: 4400, 401: 4401, 403: 4403, 404: 4404, 405: 4400, 409: 4409, 410: 4400, 413: 4413, 429: 4429, 500: 1006, 502: 1006, 503: 1013, 504: 1006, 206: 4400 };
      for (const [status, code] of Object.entries(codes)) {
        expect(await end((exchange) => exchange.begin({ status: +status, type: 'text/html' }).write('<html>').end())).to.deep.equal(
          failed(code, `the server answered ${status}`),
        );
      }
    });

    it('takes code and reason of an x where the refusal has one', async () => {
      expect(await end((exchange) => exchange.status(403, 'x4403:not yours'))).to.deep.equal(failed(4403, 'not yours'));
      expect(await end((exchange) => exchange.status(503, 'x1012:a restart'))).to.deep.equal(failed(1012, 'a restart'));
      expect(await end((exchange) => exchange.status(403, 'no frame'))).to.deep.equal(failed(4403, 'the server answered 403'));
    });

    it('reads no endless refusal', async () => {
      expect(
        await end((exchange) => {
          exchange.begin({ status: 500 });
          for (let count = 0; count < 20; count += 1) exchange.write('t9000000:' + 'x'.repeat(9000));
        }),
      ).to.deep.equal(failed(1006, 'the server answered 500'));
    });

    it('names a content type that is another one', async () => {
      const { code, reason } = await end((exchange) => exchange.begin({ type: 'text/html; charset=utf-8' }).write('<html>').end());
      expect([code, reason]).to.deep.equal([4400, `the answer’s content type is “text/html”, not ${kind.type ?? 'application/vnd.tautline.frames'}`]);
      expect((await end((exchange) => exchange.begin({ type: '' }).end())).code).to.equal(4400);
    });

    it('ends where the network fails', async () => {
      expect(await end((exchange) => exchange.fail())).to.deep.equal(failed(1006, 'the request failed'));
    });

    it('ends where no answer comes in time', async () => {
      expect(await end(() => {}, { timeout: 30 })).to.deep.equal(failed(1006, 'no answer in time'));
    });

    it('ends where an answer is cut off, with what came before', async () => {
      const cut = (exchange) => {
        exchange.begin({ type: kind.type }).write(bodyOf(kind, hello({ offset: 2 }), 'm1:a'));
        setTimeout(() => exchange.write('t100').cut(), 5);
      };
      expect(await end(cut)).to.deep.equal({ ...failed(1006, 'the answer was cut off', ['open', 'message', 'error', 'close']), data: ['a'] });
    });

    it('refuses what is no frame, or has no place', async () => {
      const start = hello({ offset: 9 });
      for (const [frames, reason] of [
        [['nonsense'], 'a frame begins with a letter, a number up to 9007199254740991 and a colon'],
        [['m1:a'], 'the first frame is no hello'],
        [['b1:'], 'the first frame is no hello'],
        [['h2:'], 'the server speaks version 2 of the protocol, this is for 1'],
        [['h1:epoch=e1'], 'the hello has no offset'],
        [[start, start], 'a second hello'],
        [[start, 's1:a'], 'a frame of the client’s came from the server'],
        [[start, 'z1:'], 'no frame has the letter of this one'],
        [[start, 'm2:b'], 'the offsets jump from 0 to 2'],
        [[start, 'm9007199254740992:b'], 'a frame begins with a letter, a number up to 9007199254740991 and a colon'],
        [[start, 'a1:'], 'message 1 is acknowledged, and the last one was 0'],
        [[hello({ ack: 'x' })], 'the hello’s ack has no value that it may have'],
        ...(kind.type ? [] : [[[], 'an answer has no hello']]),
      ]) {
        const result = await end((exchange) => exchange.begin({ type: kind.type }).write(bodyOf(kind, ...frames)).end());
        expect([result.code, result.reason], `${frames}`).to.deep.equal([4400, reason]);
      }
    });

    it('keeps no frame beyond its limit', async () => {
      const large = `m1:${'x'.repeat(500)}`;
      const result = await end((exchange) => exchange.begin({ type: kind.type }).write(bodyOf(kind, hello({ offset: 9 }), large)), { limits: { frame: 100 } });
      expect([result.code, result.data]).to.deep.equal([4413, []]);
    });

    it('reads a frame that never ends no further than its limit', async () => {
      let written = 0;
      const flood = (exchange) => {
        exchange.begin({ type: kind.type }).write(bodyOf(kind, hello({ offset: 9 }))).write(kind.type ? 'data: m1:' : 't9000000:m1:');
        const more = () => {
          if (exchange.aborted || written > 10_000_000) return;
          exchange.write(new Uint8Array(65_536).fill(97));
          written += 65_536;
          setTimeout(more);
        };
        more();
      };
      const { code } = await end(flood, { limits: { frame: 300_000 } });
      expect(code).to.equal(4413);
      expect(written).to.be.below(3_000_000);
    });

    it('ends with the code of an x, and reads nothing after it', async () => {
      const result = await end((exchange) => exchange.begin({ type: kind.type }).write(bodyOf(kind, hello({ offset: 9 }), 'm1:a', 'x4408:too slow', 'm2:b')));
      expect(result).to.deep.equal({ code: 4408, reason: 'too slow', wasClean: true, types: ['open', 'message', 'close'], data: ['a'] });
      const early = await end((exchange) => exchange.begin({ type: kind.type }).write(bodyOf(kind, 'x1013:full')));
      expect(early).to.deep.equal(failed(1013, 'full'));
    });

    it('goes on where a listener throws', async () => {
      const errors = [];
      globalThis.claimError = (event) => errors.push(event.error?.message ?? event.message);
      try {
        const pipe = kind.make();
        pipe.onmessage = () => {
          throw new RangeError('a listener’s own');
        };
        const seen = record(pipe, TYPES);
        const closed = next(pipe, 'close');
        (await server.next()).begin({ type: kind.type }).write(bodyOf(kind, hello({ offset: 9 }), 'm1:a', 'm2:b', 'x1001:'));
        await closed;
        expect(seen.map(({ type }) => type)).to.deep.equal(['open', 'message', 'message', 'close']);
        expect(errors.length).to.equal(2);
      } finally {
        globalThis.claimError = null;
      }
    });

    it('delivers nothing more once a listener has closed it', async () => {
      const pipe = kind.make();
      const seen = record(pipe, TYPES);
      pipe.onmessage = () => pipe.close(4321, 'enough');
      const closed = next(pipe, 'close');
      (await server.next()).begin({ type: kind.type }).write(bodyOf(kind, hello({ offset: 9 }), 'm1:a', 'm2:b'));
      const { code, reason, wasClean } = await closed;
      expect([code, reason, wasClean]).to.deep.equal([4321, 'enough', true]);
      expect(seen.map(({ type }) => type)).to.deep.equal(['open', 'message', 'close']);
      await turn();
      expect([server.left, timers.live.size]).to.deep.equal([[], 0]);
    });
  });
}
