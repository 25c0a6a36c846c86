// One transport from inside: what its state is, what the server's frames do to it, and which events follow. How frames come and go is the
// driver's: `start()`, `stop()`, `send(entry)` and `leave(code, reason)`.
import { exception } from './checks.js';
import { Watch } from './clock.js';
import { Fault, lost, malformed, tooLarge } from './fault.js';
import { FRAME_OVERHEAD, readFrame, readHello } from './frames.js';
import { Outbox } from './outbox.js';

export const [CONNECTING, OPEN, CLOSING, CLOSED] = [0, 1, 2, 3];

/** How a connection ends that nobody has closed. */
const FAILED = { code: 1006, reason: '', wasClean: false };

/** Bytes as an ArrayBuffer that is theirs alone. */
const buffer = (bytes) => bytes.slice().buffer;

export class Link {
  state = CONNECTING;
  binaryType = 'blob';
  epoch;
  /** The last message that was delivered. */
  offset;
  /** Messages that came again, and were dropped. */
  repeated = 0;
  /** Answers that came after the answer to a later request. */
  overtaken = 0;
  protocol = '';
  extensions = '';
  outbox;
  settings;
  #pipe;
  #url;
  #driver;
  #newest = 0;
  #answers = 0;
  /** Bytes that were sent in vain, as the standard counts them. */
  #sunk = 0;
  #limit = Infinity;
  #leaving = null;
  #isOver = false;
  #beat = 0;
  /** Whether a hello was there. */
  #isMet = false;
  #resume = null;
  #gate = null;
  #silence = new Watch(() => this.fail(lost(this.state === CONNECTING ? 'no answer in time' : 'no beat in time')));
  #farewell = new Watch(() => this.fail(lost('not all was acknowledged in time')));

  constructor(pipe, url, settings) {
    this.#pipe = pipe;
    this.#url = url;
    this.settings = settings;
    [this.epoch, this.offset] = [settings.epoch, settings.after];
    this.outbox = new Outbox(settings, (fault) => this.fail(fault));
  }

  begin(driver) {
    this.#driver = driver;
    try {
      driver.start();
    } catch (error) {
      this.fail(error);
    }
  }

  get url() {
    return this.#url.href;
  }

  get driver() {
    return this.#driver;
  }

  get buffered() {
    return this.outbox.bytes + this.#sunk;
  }

  get isOver() {
    return this.#isOver;
  }

  /** Whether nothing is received any more. */
  get isDeaf() {
    return this.#isOver || this.#leaving !== null;
  }

  /** The URL with these parameters. The application's own are left as they are written. */
  urlOf(parameters) {
    const { href, search } = this.#url;
    return `${href}${search === '' && !href.endsWith('?') ? '?' : search === '' ? '' : '&'}${new URLSearchParams(parameters)}`;
  }

  /** The parameters of a request that receives. */
  query(more) {
    const start = this.epoch === undefined ? {} : { tl_epoch: this.epoch, tl_after: this.offset };
    const begin = this.#isMet || !this.settings.begins ? {} : { tl_begin: 1 };
    // A poll where there is nothing new has no hello, unless it asks for one.
    const hello = this.#isMet || more?.tl_wait === undefined ? {} : { tl_hello: 1 };
    return this.urlOf({ tl_session: this.settings.session, ...begin, ...hello, ...start, ...more });
  }

  /** A connection, or an answer to a poll, which begins with a hello. */
  answer() {
    this.#answers += 1;
    return { order: this.#answers, isReply: false, hello: null, isStale: false };
  }

  /** An answer to a POST. */
  reply() {
    return { isReply: true };
  }

  /** A promise while the application has paused. */
  gate() {
    return this.#gate;
  }

  pause() {
    if (this.#gate || this.isDeaf) return;
    this.#gate = new Promise((resolve) => (this.#resume = resolve));
    if (this.state === OPEN) this.#silence.clear();
  }

  resume() {
    this.#resume?.();
    this.#resume = this.#gate = null;
    this.alive();
  }

  /** Waits for the first hello, and no longer. */
  await() {
    this.#silence.set(this.settings.opening);
  }

  /** Something came: where the server beats, silence has an end. */
  alive() {
    if (this.#beat > 0 && this.state === OPEN && !this.isDeaf && !this.#gate) this.#silence.set(this.#beat + this.settings.timeout);
  }

  /** A frame of the server's, a string or bytes. Throws a Fault. */
  take(data, answer) {
    if (this.#isOver || (this.isDeaf && !answer.isReply)) return;
    if (data.length > this.settings.frame + FRAME_OVERHEAD) throw tooLarge('a frame', this.settings.frame);
    const frame = readFrame(data);
    const { letter, number, payload } = frame;
    if (letter === 'a') {
      this.outbox.acknowledge(number);
      if (this.settings.isRaw) this.#emit(data, '');
    } else if (letter === 'x') {
      this.#emitEnd(data);
      this.#end({ code: number, reason: payload, wasClean: this.state !== CONNECTING }, this.state === CONNECTING);
    } else if (answer.isReply) {
      throw malformed(`a POST is not answered with a frame ${letter}`, 'Place');
    } else if (letter === 'h') {
      this.#hello(readHello(number, payload), data, answer);
    } else if (answer.hello === null) {
      throw malformed('the first frame is no hello', 'Place');
    } else if (letter === 'm') {
      this.#message(number, payload, data, answer);
    } else if (letter === 'b') {
      if (this.settings.isRaw) this.#emit(data, '');
    } else {
      throw malformed('a frame of the client’s came from the server', 'Place');
    }
    this.alive();
  }

  /** A poll's answer has come. Whether one to a later request was here before. */
  arrived({ order }) {
    if (order < this.#newest) {
      this.overtaken += 1;
      return true;
    }
    this.#newest = order;
    return false;
  }

  #hello(hello, data, answer) {
    if (answer.hello) throw malformed('a second hello', 'Place');
    answer.hello = hello;
    if (this.arrived(answer) && hello.epoch !== this.epoch) {
      answer.isStale = true;
      return;
    }
    this.#isMet = true;
    const gaps = this.#follow(hello);
    [this.#beat, this.#limit] = [this.#driver.hasBeats ? hello.beat : 0, hello.limit];
    if (hello.session === 'known') {
      // What a session has sent before this object was made.
      if (this.state === CONNECTING) this.outbox.next = hello.ack + 1;
      this.outbox.acknowledge(hello.ack);
    } else if (hello.session === 'new' && !this.settings.isRaw) {
      throw new Fault(4409, 'the server has forgotten the session');
    }
    if (this.state === CONNECTING) this.#open();
    if (this.settings.isRaw) this.#emit(data, '');
    else for (const detail of gaps) if (!this.isDeaf) this.#pipe.dispatchEvent(new CustomEvent('gap', { detail }));
  }

  /** A poll was answered: there is nothing. Throws a Fault where there was to be a hello. */
  nothing(answer) {
    if (this.isDeaf) return;
    if (this.state === CONNECTING) throw malformed('the first poll was answered without a hello', 'Place');
    this.arrived(answer);
  }

  /** Takes over where the server goes on; what is missing. */
  #follow({ epoch, after, missed }) {
    const gaps = [];
    const [oldEpoch, from] = [this.epoch, this.offset + 1];
    if (oldEpoch !== undefined && epoch !== oldEpoch) {
      // How much is lost nobody knows.
      gaps.push({ epoch: oldEpoch, from, to: null, recovered: false });
    } else if (oldEpoch !== undefined && after > this.offset) {
      gaps.push({ epoch, from, to: after, recovered: false });
    }
    if (missed && epoch !== oldEpoch) gaps.push({ epoch, from: missed[0], to: missed[1], recovered: false });
    if (epoch !== oldEpoch || after > this.offset) [this.epoch, this.offset] = [epoch, after];
    return gaps;
  }

  #open() {
    this.state = OPEN;
    this.#silence.clear();
    this.#pipe.dispatchEvent(new Event('open'));
  }

  #message(number, payload, data, answer) {
    if (answer.isStale || answer.hello.epoch !== this.epoch) return;
    if (number <= this.offset) {
      this.repeated += 1;
      return;
    }
    if (number !== this.offset + 1) throw malformed(`the offsets jump from ${this.offset} to ${number}`, 'Jump');
    this.offset = number;
    this.#emit(this.settings.isRaw ? data : payload, `${this.epoch}:${number}`);
  }

  /** The server's last word, which may also be its first: who gets frames has to know that it was the server's. */
  #emitEnd(data) {
    if (this.settings.isRaw) this.#show(data, '');
  }

  #emit(data, lastEventId) {
    if (this.state === OPEN) this.#show(data, lastEventId);
  }

  #show(data, lastEventId) {
    let shown = data;
    if (typeof data !== 'string') shown = this.settings.isRaw || this.binaryType === 'arraybuffer' ? buffer(data) : new Blob([data]);
    this.#pipe.dispatchEvent(new MessageEvent('message', { data: shown, origin: this.#url.origin, lastEventId }));
  }

  send(value) {
    const data = Outbox.data(value);
    if (this.state === CONNECTING) throw exception('InvalidStateError', 'it is CONNECTING: wait for its open event');
    if (this.state !== OPEN) {
      this.#sunk += Outbox.size(data);
      return;
    }
    const entry = this.settings.isRaw ? this.outbox.pushFrame(data) : this.outbox.push(data, this.#limit);
    this.#driver.send(entry);
  }

  close(code, reason) {
    if (this.state >= CLOSING) return;
    if (this.state === CONNECTING) {
      this.#end(FAILED, true);
      return;
    }
    this.state = CLOSING;
    this.#leaving = { code: code ?? 1005, reason, wasClean: true };
    this.#silence.clear();
    this.resume();
    this.#farewell.set(this.settings.timeout);
    this.#driver.leave(code, reason);
  }

  /** What there was to send is sent. How the connection has ended, if the driver has been told. */
  left(info = this.#leaving) {
    this.#end(info, false);
  }

  /** The connection's own end. */
  ended({ code, reason, wasClean }) {
    this.#end({ code, reason, wasClean }, !wasClean);
  }

  /** It can't go on. */
  fail(error) {
    const { code, reason, frames = [] } = Fault.of(error);
    const end = frames.find(({ letter }) => letter === 'x');
    if (end && !this.#isOver) this.#emitEnd(end.data);
    this.#end({ code, reason, wasClean: false }, true);
  }

  #end(info, isError) {
    if (this.#isOver) return;
    this.#isOver = true;
    this.state = CLOSING;
    this.#silence.clear();
    this.#farewell.clear();
    this.resume();
    this.#driver?.stop();
    // Not within `send` or `close`, whose caller may still be about to listen. No timer: it may be late in the background.
    Promise.resolve().then(() => {
      this.state = CLOSED;
      if (isError) this.#pipe.dispatchEvent(new Event('error'));
      this.#pipe.dispatchEvent(new CloseEvent('close', info));
    });
  }
}
