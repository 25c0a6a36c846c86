// Which transport the Channel uses: a block is stepped around, an outage is waited for, and a better one takes over.
import { expect } from './chai/index.js';
import { ALL, Channel, Course, Topic, closeChannels, open, publish, take, until } from './channel-support.js';
import { Link, closeAll, engine, within } from './support.js';

const through = (link, topic) => `http://127.0.0.1:${link.port}/channel/${topic.name}`;

describe('the Channel’s ladder', () => {
  let topic;
  beforeEach(() => (topic = new Topic()));
  afterEach(closeChannels);
  afterEach(closeAll);

  it('steps around a WebSocket that is blocked, and takes it up again without a loss', async () => {
    await topic.order('block?transport=websocket&how=refuse');
    const channel = open(topic.url, { transports: ALL, upgradeAfterMs: 300 });
    const [reader, course] = [channel.messages(), new Course(channel)];
    expect(await within('open', channel.opened)).to.equal('event-stream');
    const down = await course.find('steppeddown');
    expect([down.from, down.to]).to.deep.equal(['websocket', 'event-stream']);
    await topic.order('publish?count=1000&size=20&every_ms=2');
    expect((await take(reader))[0]).to.equal(1);
    await topic.order('heal');
    const { from, to } = await course.find('moved');
    expect([from, to]).to.deep.equal(['event-stream', 'websocket']);
    for (let offset = 2; offset <= 1000; offset += 1) expect((await take(reader))[0]).to.equal(offset);
    expect(channel.kind).to.equal('websocket');
    const { events, websocket } = (await topic.wait('events=0&websocket=1')).open;
    expect([events, websocket], 'the old one is closed').to.deep.equal([0, 1]);
  });

  it('leads from each transport that is blocked to the next', async () => {
    await topic.order('block?transport=websocket&how=reset');
    await topic.order('block?transport=events&how=refuse');
    const channel = open(topic.url, { transports: ALL });
    const reader = channel.messages();
    expect(await within('open', channel.opened)).to.equal('long-polling');
    channel.send('over a poll');
    expect(await take(reader)).to.deep.equal([1, 'over a poll']);
  });

  it('takes no outage for a block', async () => {
    const link = await Link.open();
    const channel = open(through(link, topic), { transports: ALL });
    const [reader, course] = [channel.messages(), new Course(channel)];
    expect(await within('open', channel.opened)).to.equal('websocket');
    await link.order('stop');
    for (let count = 0; count < 6; count += 1) {
      const { delayMs, attempt } = await course.find('retry');
      expect(delayMs).to.be.within(20, 40);
      expect(attempt).to.equal(count + 1);
    }
    expect(channel.phase).to.be.oneOf(['waiting', 'probing', 'opening']);
    await publish(topic, 'during the outage');
    await link.order('start');
    expect(await take(reader)).to.deep.equal([1, 'during the outage']);
    expect(channel.kind).to.equal('websocket');
    const { events, poll } = (await topic.state()).opened;
    expect([events, poll], 'nothing lower was tried').to.deep.equal([0, 0]);
  });

  it('remembers for the next visit what worked, under the name that the crate has for it', async () => {
    // Remembered by the host with its port: a link is one that no other test uses.
    const link = await Link.open();
    await topic.order('block?transport=websocket&how=refuse');
    const options = { transports: ['websocket', 'event-stream'], stableAfterMs: 50, remember: true };
    const first = open(through(link, topic), options);
    expect(await within('open', first.opened)).to.equal('event-stream');
    const key = `tautline:transport:127.0.0.1:${link.port}`;
    await until(() => localStorage.getItem(key));
    expect(localStorage.getItem(key)).to.match(/^event-stream \d+$/);
    first.close();
    await within('the end', first.closed);
    const before = (await topic.state()).opened;
    const second = open(through(link, topic), options);
    expect(await within('open', second.opened)).to.equal('event-stream');
    const after = (await topic.state()).opened;
    expect([after.websocket, after.events]).to.deep.equal([before.websocket, before.events + 1]);
    // After a day it counts no more.
    localStorage.setItem(key, `event-stream ${Date.now() - 86_400_001}`);
    await topic.order('heal');
    expect(await within('open', open(through(link, topic), options).opened)).to.equal('websocket');
    localStorage.removeItem(key);
  });

  it('ends where the server wants nobody', async () => {
    const channel = open(`${location.origin}/status?code=403`, { transports: ALL });
    const error = await within('the end', channel.opened.catch((why) => why));
    expect(error).to.be.instanceOf(Error);
    expect([error.name, error.message]).to.deep.equal(['ChannelError', 'the server answered 403']);
    expect(error.why).to.deep.equal({ kind: 'refused', status: 403 });
    expect(await channel.closed).to.deep.equal(error.why);
  });

  it('uses the next one where the browser lacks a transport', async () => {
    const channel = open(topic.url, { transports: ['websocket-stream', 'event-stream'] });
    expect(await within('open', channel.opened)).to.equal(engine === 'chromium' ? 'websocket-stream' : 'event-stream');
  });

  it('sends headers where that is possible, by default over nothing else', async () => {
    const seen = [];
    const native = globalThis.fetch;
    globalThis.fetch = (url, options) => {
      if (`${url}`.includes('tl_session')) seen.push(new Headers(options?.headers ?? url.headers).get('x-test'));
      return native(url, options);
    };
    try {
      const channel = open(topic.url, { headers: { 'x-test': 'a' } });
      expect(await within('open', channel.opened)).to.equal('fetch-stream');
      expect(await channel.sendConfirmed('x')).to.equal('accepted');
      expect(seen.length).to.be.at.least(2);
      expect(new Set(seen)).to.deep.equal(new Set(['a']));
    } finally {
      globalThis.fetch = native;
    }
  });

  it('goes over ws and http alike, and from relative URLs', async () => {
    for (const url of [`ws://${location.host}/channel/${topic.name}`, `/channel/${topic.name}`, new URL(topic.url)]) {
      for (const kind of ['websocket', 'long-polling']) {
        const channel = new Channel(url, { transports: [kind], remember: false });
        expect(await within('open', channel.opened)).to.equal(kind);
        expect(channel.url).to.equal(`ws://${location.host}/channel/${topic.name}`);
        channel.close();
      }
    }
  });
});
