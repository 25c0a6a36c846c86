// The Channel over each of its transports: both ways, across cuts, and what is missing.
import { expect } from './chai/index.js';
import { Course, KINDS, Topic, closeChannels, open, publish, take } from './channel-support.js';
import { within } from './support.js';

/** What is hard on one wire or another: line ends, no letters at all, and what takes four bytes. */
const TEXTS = ['a', '', 'one\ntwo\n', '\r\n and \r', ' \u0000é🦀', 'm1:m2:'];

for (const kind of KINDS) {
  describe(`the Channel over ${kind}`, () => {
    let topic;
    beforeEach(() => (topic = new Topic()));
    afterEach(closeChannels);

    const opened = async (options) => {
      const channel = open(topic.url, { transports: [kind], ...options });
      const [reader, course] = [channel.messages(), new Course(channel)];
      expect(await within('open', channel.opened)).to.equal(kind);
      return { channel, reader, course };
    };

    it('carries messages both ways, once and in order', async () => {
      const { channel, reader } = await opened();
      const ids = TEXTS.map((text) => channel.send(text));
      expect(ids).to.deep.equal([1, 2, 3, 4, 5, 6]);
      const bytes = Uint8Array.from({ length: 256 }, (_, at) => at);
      const confirmed = channel.sendConfirmed(bytes.subarray(0));
      bytes.fill(7);
      for (const [at, text] of TEXTS.entries()) expect(await take(reader)).to.deep.equal([at + 1, text]);
      expect(await take(reader)).to.deep.equal([7, Uint8Array.from({ length: 256 }, (_, at) => at)]);
      expect(await within('its acknowledgement', confirmed)).to.equal('accepted');
      expect(channel.unacknowledged).to.deep.equal({ messages: 0, bytes: 0 });
      await topic.order('publish?count=300&size=50');
      for (let offset = 8; offset < 308; offset += 1) expect((await take(reader))[0]).to.equal(offset);
      const large = 'ü'.repeat(150_000);
      channel.send(large);
      const [offset, text] = await take(reader);
      expect([offset, text === large]).to.deep.equal([308, true]);
      expect(channel.position).to.deep.equal({ epoch: channel.position.epoch, offset: 308 });
      const { accepted, repeated, gaps } = await topic.state();
      expect([accepted, repeated, gaps]).to.deep.equal([8, 0, 0]);
      channel.close();
      expect(await take(reader)).to.equal(undefined);
    });

    it('tells messages as events, with their place', async () => {
      const { channel } = await opened();
      const seen = [];
      const four = new Promise((resolve) => {
        channel.addEventListener('message', (event) => seen.push(event) === 4 && resolve());
      });
      await publish(topic, 'x');
      await topic.order('publish?count=3&size=9&kind=binary');
      await within('four messages', four);
      const { epoch } = channel.position;
      expect(seen.map(({ lastEventId }) => lastEventId)).to.deep.equal([1, 2, 3, 4].map((at) => `${epoch}:${at}`));
      expect(seen[0]).to.be.instanceOf(MessageEvent);
      expect([seen[0].data, seen[0].target === channel]).to.deep.equal(['x', true]);
      expect([seen[1].data instanceof ArrayBuffer, seen[1].data.byteLength]).to.deep.equal([true, 9]);
    });

    it('gives after a cut what was published meanwhile', async () => {
      const { channel, reader, course } = await opened();
      await course.find('open');
      await publish(topic, 'before');
      expect(await take(reader)).to.deep.equal([1, 'before']);
      await topic.order('block?transport=all&how=reset');
      await topic.order('drop');
      await course.find('lost');
      for (const text of ['while', 'it', 'was', 'away']) await publish(topic, text);
      channel.send('kept');
      await topic.order('heal');
      for (const expected of ['while', 'it', 'was', 'away', 'kept']) expect((await take(reader))[1]).to.equal(expected);
      const { kind: over, recovered } = await course.find('open');
      expect([over, recovered]).to.deep.equal([kind, true]);
    });

    it('tells at its place what the server has no more', async () => {
      const { channel, reader, course } = await opened();
      await publish(topic, '1');
      await take(reader);
      await topic.order('block?transport=all&how=reset');
      await topic.order('drop');
      await course.find('lost');
      await topic.order('publish?count=4&size=9');
      await topic.order('lose?what=trim');
      await publish(topic, '6');
      await topic.order('heal');
      expect(await take(reader)).to.deep.equal({ kind: 'trimmed', from: 2, to: 5 });
      expect(await take(reader)).to.deep.equal([6, '6']);
      expect((await course.find('missed')).gap).to.deep.equal({ kind: 'trimmed', from: 2, to: 5 });
      // Another life of the channel, with the connection up.
      const { epoch } = channel.position;
      await topic.order('lose?what=epoch');
      await publish(topic, '1');
      const gap = await take(reader);
      expect([gap.kind, gap.before]).to.deep.equal(['new-epoch', { epoch, offset: 6 }]);
      expect(await take(reader)).to.deep.equal([gap.after.offset + 1, '1']);
      expect(channel.position).to.deep.equal({ epoch: gap.after.epoch, offset: gap.after.offset + 1 });
    });

    it('goes on from a position of an earlier visit', async () => {
      const first = await opened();
      await publish(topic, '1');
      await take(first.reader);
      const { position } = first.channel;
      first.channel.close();
      await publish(topic, '2');
      for (const startAt of [position, `${position.epoch}:${position.offset}`]) {
        const channel = open(topic.url, { transports: [kind], startAt });
        expect(channel.position).to.deep.equal(position);
        expect(await take(channel.messages())).to.deep.equal([2, '2']);
      }
    });

    it('lets the server keep what comes while a reader is behind', async () => {
      const { channel, course } = await opened();
      const reader = channel.messages({ maxMessages: 10 });
      await topic.order('publish?count=100&size=20');
      expect((await course.find('lost')).cause).to.deep.equal({ kind: 'behind' });
      expect(channel.phase).to.equal('suspended');
      expect(channel.position.offset).to.be.below(20);
      for (let offset = 1; offset <= 100; offset += 1) expect((await take(reader))[0]).to.equal(offset);
    });

    it('hands over what was sent when it is closed, and leaves nothing open', async () => {
      const { channel, course } = await opened();
      for (let number = 0; number < 50; number += 1) channel.send(`${number}`);
      const { closed } = channel;
      channel.close();
      expect(() => channel.send('late')).to.throw(DOMException).with.property('name', 'InvalidStateError');
      expect((await course.find('close')).cause).to.deep.equal({ kind: 'closed' });
      expect(await closed).to.deep.equal({ kind: 'closed' });
      expect([channel.phase, (await topic.state()).accepted]).to.deep.equal(['closed', 50]);
      channel.reconnect();
      await within('open again', channel.opened);
      expect(await channel.sendConfirmed('again')).to.equal('accepted');
      channel.close();
      await within('the end', channel.closed);
      await topic.wait('websocket=0&events=0&poll=0&post=0');
    });
  });
}
