// The Channel from its construction to its end: arguments, what waits before it is up, readers, signals, what is left behind.
import { expect } from './chai/index.js';
import { Channel, Course, Topic, closeChannels, open, publish, take, until } from './channel-support.js';
import { counted, next, within } from './support.js';

describe('the life of a Channel', () => {
  let topic;
  beforeEach(() => (topic = new Topic()));
  afterEach(closeChannels);

  it('is refused what is wrong, at once and without a secret', () => {
    const url = 'nonsense://user:secret@example.com/?token=secret';
    expect(() => new Channel(url)).to.throw(DOMException).with.property('name', 'SyntaxError');
    expect(() => new Channel(url)).to.throw().with.property('message').that.does.not.include('secret');
    expect(() => new Channel()).to.throw(TypeError);
    for (const [options, Kind, words] of [
      [{ transport: ['websocket'] }, TypeError, 'transport'],
      [{ transports: ['carrier-pigeon'] }, TypeError, 'transports[0]'],
      [{ transports: [] }, TypeError, 'transports'],
      [{ connectTimeoutMs: -1 }, RangeError, 'connectTimeoutMs'],
      [{ maxMessages: 1.5 }, TypeError, 'maxMessages'],
      [{ backoff: { delayMs: 1 } }, TypeError, 'backoff.spreadMs'],
      [{ startAt: { epoch: 'e' } }, TypeError, 'startAt'],
      [{ startAt: 'e:-1' }, TypeError, 'startAt'],
      [{ remember: 1 }, TypeError, 'remember'],
      [{ credentials: 'yes' }, TypeError, 'credentials'],
      [{ signal: {} }, TypeError, 'signal'],
      [{ headers: { 'a b': 'c' } }, TypeError, ''],
    ]) {
      expect(() => new Channel(topic.url, options), JSON.stringify(options)).to.throw(Kind).with.property('message').that.includes(words);
    }
  });

  it('takes every way to wait', async () => {
    for (const backoff of [{ baseMs: 20, factor: 1, capMs: 30 }, { delayMs: 10, spreadMs: 5 }, [20, 25], (retry, random) => 20 + retry + random]) {
      const channel = new Channel(topic.url, { transports: ['websocket'], backoff, remember: false });
      const course = new Course(channel);
      await within('open', channel.opened);
      await topic.order('drop');
      expect((await course.find('retry')).delayMs).to.be.at.most(30);
      await course.find('open');
      channel.close();
    }
  });

  it('keeps what is sent before it is up, with the numbers that it gave', async () => {
    const channel = open(topic.url, { maxMessages: 3, maxBytes: 10 });
    const reader = channel.messages();
    expect([channel.phase, channel.kind, channel.position]).to.deep.equal(['opening', 'websocket', undefined]);
    expect([channel.send('a'), channel.send(new Uint8Array([1, 2]))]).to.deep.equal([1, 2]);
    const full = { name: 'QuotaExceededError' };
    expect(() => channel.send('12345678')).to.throw(DOMException).that.includes(full);
    const confirmed = channel.sendConfirmed('é');
    expect(() => channel.send('')).to.throw(DOMException).that.includes(full);
    expect(channel.unacknowledged).to.deep.equal({ messages: 3, bytes: 5 });
    expect(await within('its fate', confirmed)).to.equal('accepted');
    expect([await take(reader), await take(reader), await take(reader)]).to.deep.equal([[1, 'a'], [2, new Uint8Array([1, 2])], [3, 'é']]);
    expect(channel.send('b')).to.equal(4);
    expect(() => channel.send(new Blob(['a']))).to.throw(TypeError);
    expect(() => channel.send(1)).to.throw(TypeError);
    await within('all', until(() => channel.unacknowledged.messages === 0));
  });

  it('refuses what the server says is too large', async () => {
    const channel = open(topic.url);
    await within('open', channel.opened);
    let error;
    await channel.sendConfirmed('x'.repeat(2 * 1024 * 1024)).catch((why) => (error = why));
    expect(error.name).to.equal('QuotaExceededError');
    expect(error.message).to.match(/^the message has 2097152 bytes; the server takes \d+$/);
  });

  it('can be closed before it is up, and says what was not sent', async () => {
    const channel = open(topic.url);
    const fate = channel.sendConfirmed('a');
    const fates = new Course(channel, ['fate', 'close']);
    channel.close();
    expect(channel.phase).to.equal('closed');
    expect(await fate).to.equal('notsent');
    const { first, last, fate: told } = await fates.find('fate');
    expect([first, last, told]).to.deep.equal([1, 1, 'notsent']);
    expect((await fates.find('close')).cause).to.deep.equal({ kind: 'closed' });
    expect((await channel.opened.catch((why) => why)).why).to.deep.equal({ kind: 'closed' });
    // And begun again, with numbers that go on.
    channel.reconnect();
    expect(channel.send('b')).to.equal(2);
    await within('open', channel.opened);
    await within('all', until(() => channel.unacknowledged.messages === 0));
    expect((await topic.state()).accepted).to.equal(1);
  });

  it('can be closed and begun again in one go', async () => {
    const channel = open(topic.url);
    await within('open', channel.opened);
    const course = new Course(channel);
    channel.close();
    channel.reconnect();
    await course.find('close');
    await course.find('open');
    expect(channel.phase).to.equal('up');
    expect(await channel.sendConfirmed('a')).to.equal('accepted');
  });

  it('tells its end to those who listen after close', async () => {
    const channel = open(topic.url);
    await within('open', channel.opened);
    channel.close();
    expect((await next(channel, 'close')).cause).to.deep.equal({ kind: 'closed' });
  });

  it('ends with its signal, and with nothing left of it', async () => {
    const controller = new AbortController();
    const channel = open(topic.url, { signal: controller.signal });
    await within('open', channel.opened);
    controller.abort();
    expect(await within('the end', channel.closed)).to.deep.equal({ kind: 'closed' });
    await topic.wait('websocket=0');
    const late = open(topic.url, { signal: controller.signal });
    expect(await within('the end', late.closed)).to.deep.equal({ kind: 'closed' });
    expect((await topic.state()).opened.websocket).to.equal(1);
  });

  it('calls the values of its attributes, in their place', async () => {
    const channel = open(topic.url);
    const seen = [];
    channel.onopen = ({ type }) => seen.push(type);
    channel.onmessage = () => seen.push('old');
    channel.addEventListener('message', ({ data }) => seen.push(`second ${data}`));
    channel.onmessage = ({ data }) => seen.push(`first ${data}`);
    channel.onclose = ({ type, cause }) => seen.push(type, cause.kind);
    await within('open', channel.opened);
    await publish(topic, 'a');
    await until(() => seen.length === 3);
    channel.onmessage = null;
    await publish(topic, 'b');
    await until(() => seen.length === 4);
    channel.close();
    await within('the end', channel.closed);
    expect(seen).to.deep.equal(['open', 'first a', 'second a', 'second b', 'close', 'closed']);
    expect(`${channel}`).to.equal('[object Channel]');
  });

  it('is read with for await until it ends, and a reader that leaves holds nothing back', async () => {
    const channel = open(topic.url);
    const seen = [];
    const reading = (async () => {
      for await (const item of channel) seen.push(item.data);
    })();
    await within('open', channel.opened);
    const course = new Course(channel);
    const idle = channel.messages({ maxMessages: 2 });
    await topic.order('publish?count=20&size=10');
    expect((await course.find('lost')).cause.kind).to.equal('behind');
    // Bytes are a limit too.
    const other = channel.messages({ maxBytes: 25 });
    await idle.return();
    await course.find('open');
    await course.find('lost');
    other.return();
    await within('all', until(() => seen.length === 20));
    const controller = new AbortController();
    const third = channel.messages({ signal: controller.signal });
    controller.abort();
    expect(await third.next()).to.deep.equal({ value: undefined, done: true });
    channel.close();
    await within('the end of the loop', reading);
    for await (const item of channel) throw new Error(`${item.type} after the end`);
  });

  it('leaves nothing of its readers with a signal that outlives them', async () => {
    const { signal, listening } = counted();
    const channel = open(topic.url);
    const [left] = [channel.messages({ signal }), channel.messages({ signal })];
    expect(listening()).to.equal(2);
    await left.return();
    expect(listening()).to.equal(1);
    channel.close();
    await within('the end', channel.closed);
    channel.messages({ signal });
    expect(listening()).to.equal(0);
  });

  it('disposes of itself', async () => {
    if (!Symbol.asyncDispose) return;
    const channel = open(topic.url);
    await within('open', channel.opened);
    await channel[Symbol.asyncDispose]();
    expect(channel.phase).to.equal('closed');
  });

  it('goes on where a listener throws', async () => {
    const channel = open(topic.url);
    const errors = [];
    globalThis.claimError = (event) => errors.push(event.error?.message);
    try {
      channel.onmessage = () => {
        throw new Error('of the application');
      };
      const reader = channel.messages();
      await within('open', channel.opened);
      await topic.order('publish?count=2&size=9');
      expect([(await take(reader))[0], (await take(reader))[0]]).to.deep.equal([1, 2]);
      expect(errors).to.deep.equal(['of the application', 'of the application']);
    } finally {
      globalThis.claimError = null;
    }
  });

  for (const [kind, make] of [
    ['a worker', (source) => new Worker(source, { type: 'module' })],
    ['a shared worker', (source) => new SharedWorker(source, { type: 'module' }).port],
  ]) {
    it(`works in ${kind}`, async () => {
      if (kind === 'a shared worker' && typeof SharedWorker !== 'function') return;
      const worker = make('./channel-worker.js');
      const answers = [];
      const two = new Promise((resolve) => {
        worker.onmessage = ({ data }) => answers.push(data) === 2 && resolve();
      });
      worker.postMessage(topic.url);
      await within('two answers', two);
      expect(answers).to.deep.equal(['from a worker', 'accepted']);
      await topic.wait('websocket=0');
      worker.terminate?.();
    });
  }
});
