// Each transport and the faults that the server makes on demand, which come as browsers see them: past HTTP, in chunks, on connections that end.
import { expect } from './chai/index.js';
import { Channel, Inbox, TYPES, closePipes, kinds } from './push-support.js';
import { next, record } from './support.js';

/** What shows no status and no content type: there the connection is lost. */
const isBlind = ({ counted, name }) => counted === 'websocket' || name === 'an event stream';

for (const kind of kinds) {
  const { name, counted, make } = kind;
  describe(`a server that fails, by ${name}`, () => {
    let channel;
    beforeEach(() => (channel = new Channel('js-fault-')));
    afterEach(closePipes);

    /** How one ends that meets this fault first; `before` is what happens once it is open. */
    async function end(fault, options, before = () => {}) {
      await channel.order(`fault?transport=${counted}&${fault}`);
      const pipe = make(channel.url, options);
      const seen = record(pipe, TYPES);
      pipe.addEventListener('open', () => before());
      const { code, reason, wasClean } = await next(pipe, 'close');
      expect(wasClean, reason).to.equal(false);
      expect(seen.at(-2).type).to.equal('error');
      await channel.wait(`${counted}=0`);
      return { code, reason, seen: seen.map(({ type }) => type) };
    }

    it('answers 500 or 503', async () => {
      for (const [status, code] of [
        [500, 1006],
        [503, 1013],
        [429, 4429],
        [410, 4400],
      ]) {
        expect((await end(`what=status&status=${status}`)).code, `${status}`).to.equal(isBlind(kind) ? 1006 : code);
      }
    });

    it('never answers', async () => {
      const begun = performance.now();
      const result = await end('what=hang', { timeout: 300 });
      expect([result.code, result.reason]).to.deep.equal([1006, 'no answer in time']);
      expect(performance.now() - begun).to.be.within(280, 5000);
    });

    it('answers late, and is waited for as long as it may take to open', async () => {
      await channel.order(`fault?transport=${counted}&what=late&ms=600`);
      const pipe = make(channel.url, { timeout: 200, opening: 20_000 });
      expect((await next(pipe, 'open')).type).to.equal('open');
    });

    it('answers with a page', async () => {
      const { code, reason } = await end('what=type');
      expect(code, reason).to.equal(isBlind(kind) ? 1006 : 4400);
      if (!isBlind(kind)) expect(reason).to.match(/^the answer’s content type is “text\/html”, not /);
    });

    it('speaks another protocol', async () => {
      for (const fault of ['malformed', 'no_hello', 'jump']) {
        const { code, reason } = await end(`what=${fault}`, {}, () => channel.order('publish?count=1'));
        expect(code, `${fault}: ${reason}`).to.equal(4400);
      }
    });

    it('breaks off in the middle', async () => {
      const { code, reason } = await end('what=cut', {}, () => channel.order('publish?count=1'));
      expect(code, reason).to.equal(1006);
    });

    it('says all twice, and nothing is doubled', async () => {
      const pipe = make(channel.url);
      const inbox = new Inbox(pipe);
      await next(pipe, 'open');
      await channel.order(`fault?transport=${counted}&what=repeat`);
      const again = counted === 'poll' ? pipe : make(channel.url, { epoch: pipe.epoch, after: 0 });
      const repeated = counted === 'poll' ? inbox : new Inbox(again);
      await channel.order('publish?count=5');
      await repeated.of(5);
      await channel.order('publish?text=last');
      const messages = await repeated.of(6);
      expect(messages.map((text) => text.split(':')[0])).to.deep.equal(['1', '2', '3', '4', '5', 'last']);
      expect(again.repeated).to.be.above(0);
    });

    if (name !== 'an event stream') {
      it('sends a frame of 100 MiB', async () => {
        const { code, reason } = await end('what=huge&bytes=104857600', {}, () => channel.order('publish?count=1'));
        expect(code, reason).to.equal(4413);
      });
    }

    if (counted !== 'websocket') {
      it('fails to take what is sent, and it is sent again, and nothing is doubled', async () => {
        const pipe = make(channel.url, { timeout: 500 });
        const inbox = new Inbox(pipe);
        await next(pipe, 'open');
        // The first is not taken; the next two are, and the client does not learn of it.
        for (const fault of ['status&status=500', 'cut', 'held&ms=1500']) await channel.order(`fault?transport=post&what=${fault}`);
        for (const text of ['a', 'b', 'c']) pipe.send(text);
        expect(await inbox.of(3)).to.deep.equal(['a', 'b', 'c']);
        while (pipe.bufferedAmount > 0) await new Promise((resolve) => setTimeout(resolve, 10));
        const { accepted, repeated, gaps, faults } = await channel.state();
        expect([accepted, gaps]).to.deep.equal([3, 0]);
        // A poll's hello acknowledges too, and then there is nothing to send again.
        if (counted === 'poll') expect(faults).to.be.at.most(2);
        else expect([faults, repeated]).to.deep.equal([0, 6]);
        expect(inbox.messages).to.deep.equal(['a', 'b', 'c']);
      });

      it('acknowledges what was not sent', async () => {
        for (const fault of ['jump', 'malformed', 'type']) {
          const pipe = make(channel.url);
          await next(pipe, 'open');
          await channel.order(`fault?transport=post&what=${fault}`);
          pipe.send('a');
          const { code, reason } = await next(pipe, 'close');
          expect(code, `${fault}: ${reason}`).to.equal(4400);
        }
      });
    }

    if (name === 'polling at a rate') {
      it('answers late, so that answers overtake each other, and the order is kept', async () => {
        const pipe = make(channel.url, { every: 25 });
        const inbox = new Inbox(pipe);
        await next(pipe, 'open');
        await channel.order('publish?count=60&every_ms=10');
        for (let count = 0; count < 4; count += 1) {
          await channel.order('fault?transport=poll&what=held&ms=120');
          await channel.wait('faults=0');
        }
        const messages = await inbox.of(60);
        expect(messages.map((text) => parseInt(text, 10))).to.deep.equal(Array.from({ length: 60 }, (_, at) => at + 1));
        expect(pipe.overtaken).to.be.above(0);
      });
    }
  });
}
