// Connections killed and transports switched, 200 times, while messages go both ways.
import { expect } from './chai/index.js';
import { ALL, Course, Topic, closeChannels, open, take, until } from './channel-support.js';
import { within } from './support.js';

const TIMES = 200;

describe('the Channel over 200 kills and switches', () => {
  afterEach(closeChannels);

  it('loses nothing, doubles nothing, and keeps the order', async function soak() {
    this.timeout(120_000);
    const topic = new Topic();
    const channel = open(topic.url, { transports: ALL, upgradeAfterMs: 30, upgradeCapMs: 60, blockedAfter: 1 });
    const counts = {};
    const fates = new Map();
    for (const type of ['open', 'missed', 'moved', 'lost', 'steppeddown', 'close']) {
      channel.addEventListener(type, () => (counts[type] = (counts[type] ?? 0) + 1));
    }
    channel.addEventListener('fate', ({ first, last, fate }) => {
      for (let id = first; id <= last; id += 1) {
        if (fates.has(id)) throw new Error(`the fate of ${id} is told twice`);
        fates.set(id, fate);
      }
    });
    const [reader, course] = [channel.messages(), new Course(channel)];
    await course.find('open');
    let sent = 0;
    for (let time = 0; time < TIMES; time += 1) {
      for (let count = 0; count < 5; count += 1) channel.send(`up ${(sent += 1)}`);
      await topic.order('publish?count=5&size=12');
      // By turns: a kill, a block that leads down, another kill there, and the block's end, which leads up again.
      switch (time % 4) {
        case 0:
          await topic.order('drop?how=reset');
          await course.find('open');
          break;
        case 1: {
          await topic.order('block?transport=websocket&how=refuse');
          const isDeep = time % 8 === 5;
          if (isDeep) await topic.order('block?transport=events&how=reset');
          await topic.order('drop?how=fin');
          await course.find('open', ({ kind }) => kind === (isDeep ? 'long-polling' : 'event-stream'));
          break;
        }
        case 2:
          // Between two polls there is nothing to kill.
          for (const before = counts.open; counts.open === before; ) {
            await topic.order('end?code=1012');
            for (let waited = 0; waited < 50 && counts.open === before; waited += 1) await new Promise((resolve) => setTimeout(resolve, 10));
          }
          break;
        default:
          await topic.order('heal');
          await course.find('moved', ({ to }) => to === 'websocket');
      }
    }
    const ups = [];
    for (let offset = 1; offset <= TIMES * 10; offset += 1) {
      const [found, text] = await take(reader);
      expect(found).to.equal(offset);
      if (text.startsWith('up ')) ups.push(Number(text.slice(3)));
    }
    await within('every acknowledgement', until(() => channel.unacknowledged.messages === 0));
    const { offset, accepted, repeated } = await topic.state();
    expect([offset, accepted], 'the server handled each once').to.deep.equal([TIMES * 10, TIMES * 5]);
    expect(ups, 'each of ours came back once, in order').to.deep.equal(Array.from({ length: sent }, (_, at) => at + 1));
    expect([fates.size, new Set(fates.values())]).to.deep.equal([sent, new Set(['accepted'])]);
    expect([counts.missed, counts.close]).to.deep.equal([undefined, undefined]);
    expect(counts.lost).to.be.at.least((TIMES / 4) * 3);
    expect(counts.moved + counts.steppeddown).to.be.at.least(TIMES / 2);
    console.log(`soak: ${JSON.stringify(counts)}, ${channel.repeated} repeats dropped here, ${repeated} at the server`);
  });
});
