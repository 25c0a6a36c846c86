// What the server may do wrong: the Channel says what it was, comes back, and misses nothing.
import { expect } from './chai/index.js';
import { Course, KINDS, Topic, closeChannels, counted, open, publish, take } from './channel-support.js';
import { engine, next, within } from './support.js';

const FAULTS = ['malformed', 'jump', 'no_hello', 'repeat', 'cut', 'type', 'status&status=500', 'huge&bytes=20000000'];

describe('the Channel and a server that is wrong', () => {
  afterEach(closeChannels);

  for (const kind of KINDS) {
    it(`comes back over ${kind}, whatever is wrong with an answer, and misses nothing`, async () => {
      // WebKit's EventSource takes half a minute for a line of 20 MB, and tells nothing of it meanwhile.
      // Chromium 156 itself crashes the tab when a WebSocketStream ends inside of a frame after something was written.
      const left = { 'webkit event-stream': 'huge&bytes=20000000', 'chromium websocket-stream': 'cut' }[`${engine} ${kind}`];
      const faults = FAULTS.filter((fault) => fault !== left);
      for (const fault of faults) {
        const topic = new Topic();
        const channel = open(topic.url, { transports: [kind] });
        const [reader, course] = [channel.messages(), new Course(channel)];
        await within('open', channel.opened);
        channel.send('1');
        expect((await take(reader))[0]).to.equal(1);
        await topic.order(`fault?transport=${counted(kind)}&what=${fault}`);
        // The next connection is spoilt; of polls the next answer.
        if (counted(kind) !== 'poll') await topic.order('drop');
        await publish(topic, '2');
        channel.send('3');
        if (counted(kind) !== 'poll') await course.find('lost');
        await topic.wait('faults=0');
        const rest = [await take(reader, fault), await take(reader, fault)];
        expect(rest.map((item) => item?.[0]), fault).to.deep.equal([2, 3]);
        expect(rest.map((item) => item[1]).sort(), fault).to.deep.equal(['2', '3']);
        const { accepted, offset } = await topic.state();
        expect([accepted, offset], fault).to.deep.equal([2, 3]);
        channel.close();
      }
    });
  }

  for (const kind of ['websocket', 'event-stream', 'fetch-stream']) {
    it(`names what is injected into a live connection over ${kind}`, async () => {
      const errors = {
        nonsense: { kind: 'frame' },
        'm99:jump': { kind: 'jumped', expected: 1, found: 99 },
        'm0:none': { kind: 'frame' },
        'm007:zeros': { kind: 'frame' },
        'm99999999999999999:long': { kind: 'frame' },
        'a7:': { kind: 'accepted', expected: 0, found: 7 },
        's1:x': { kind: 'misplaced' },
        'h1:epoch=e': { kind: 'hello' },
      };
      for (const [frame, error] of Object.entries(errors)) {
        const topic = new Topic();
        const channel = open(topic.url, { transports: [kind] });
        const course = new Course(channel);
        await within('open', channel.opened);
        await topic.order(`inject?text=${encodeURIComponent(frame)}`);
        const { cause } = await course.find('lost');
        // The transports of ours look at frames too, and say 4400 for what is none.
        if (cause.kind === 'protocol') expect(cause.error, frame).to.deep.equal(error);
        else expect([cause.kind, cause.close?.code], frame).to.deep.equal(['ended', 4400]);
        await within('open again', channel.opened);
        channel.close();
      }
    });
  }

  it('waits for a server that takes more than ten seconds over its first answer, where connectTimeoutMs lets it', async () => {
    // Of WebSockets Firefox connects one at a time; and theirs is the browser's own time.
    const kinds = KINDS.filter((kind) => counted(kind) !== 'websocket');
    const firsts = kinds.map(async (kind) => {
      const topic = new Topic();
      await topic.order(`fault?transport=${counted(kind)}&what=late&ms=10500`);
      const channel = open(topic.url, { transports: [kind], connectTimeoutMs: 15_000 });
      const first = await Promise.race(['open', 'lost', 'close'].map((type) => next(channel, type)));
      return `${kind}: ${first.type}`;
    });
    expect(await Promise.all(firsts)).to.deep.equal(kinds.map((kind) => `${kind}: open`));
  });

  it('gives up a connection that brings a frame of 100 MiB, and goes on with another', async () => {
    const topic = new Topic();
    const channel = open(topic.url, { transports: ['websocket'] });
    const [reader, course] = [channel.messages(), new Course(channel)];
    await within('open', channel.opened);
    await publish(topic, '1');
    await take(reader);
    await topic.order('fault?transport=websocket&what=huge&bytes=104857600');
    await topic.order('drop');
    const { cause } = await course.find('lost', ({ cause: { close } }) => close?.code !== 1006);
    expect([cause.kind, cause.close.code]).to.deep.equal(['ended', 4413]);
    await publish(topic, '2');
    expect(await take(reader)).to.deep.equal([2, '2']);
  });
});
