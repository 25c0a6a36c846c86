// The values of tests/vectors/values.json. The Rust types are held against the same file. Where a browser has a say, its own class is
// the judge: with the same value it does the same, or the test names the engine that does otherwise.
import { expect } from './chai/index.js';
import { ReconnectingWebSocket, closeAll, connect, engine, url } from './support.js';

const vectors = await (await fetch('vectors/values.json')).json();
const { WebSocket } = globalThis;

/** The name of what a function throws. */
function thrown(attempt) {
  try {
    attempt();
  } catch (error) {
    expect(error, `${error}`).to.be.instanceOf(error.name === 'TypeError' ? TypeError : DOMException);
    return error.name;
  }
  return 'nothing';
}

/** The string of a vector: a text, or UTF-16 code units where it is none that JSON could have, so many times. */
function reasonOf({ text, units, repeat = 1 }) {
  return (text ?? String.fromCharCode(...units)).repeat(repeat);
}

/** Runs with this base URL of the page. */
function withBase(href, run) {
  const base = document.createElement('base');
  base.href = href;
  document.head.append(base);
  try {
    return run();
  } finally {
    base.remove();
  }
}

/** The URL of a socket of the browser's class, which is closed at once. */
function nativeUrl(text) {
  const socket = new WebSocket(text);
  socket.close();
  return socket.url;
}

function ourUrl(text) {
  return connect(text, [], { startClosed: true }).url;
}

/** What the constructor says, without a connection: the browser's class connects, so it is closed at once. */
function native(...values) {
  return thrown(() => new WebSocket(...values).close());
}

function ours(to, protocols) {
  return thrown(() => connect(to, protocols, { startClosed: true }));
}

describe('values that are checked at once', () => {
  afterEach(closeAll);

  it('takes and refuses close codes as the vectors and the browser do', () => {
    for (const [code, expected] of [
      ...vectors.closeCodes.accepted.map((value) => [value, 'nothing']),
      ...vectors.closeCodes.refused.map((value) => [value, 'InvalidAccessError']),
    ]) {
      expect(thrown(() => connect(url('/echo')).close(code)), `${code}`).to.equal(expected);
      expect(thrown(() => new WebSocket(url('/echo')).close(code)), `${code} natively`).to.equal(expected);
    }
  });

  it('converts a close code as WebIDL does', () => {
    for (const value of [1000.4, '1000', NaN, null, -1, 70_000, Infinity, [3000], {}, true]) {
      const expected = thrown(() => new WebSocket(url('/echo')).close(value));
      expect(thrown(() => connect(url('/echo')).close(value)), String(value)).to.equal(expected);
    }
    // Ties go to the even number; Chromium cuts them off.
    for (const [value, expected] of [
      [999.5, 'nothing'],
      [1000.5, 'nothing'],
      [4999.5, 'InvalidAccessError'],
    ]) {
      expect(thrown(() => connect(url('/echo')).close(value)), String(value)).to.equal(expected);
    }
  });

  it('measures close reasons in bytes of UTF-8', () => {
    for (const vector of vectors.closeReasons) {
      const [reason, what] = [reasonOf(vector), JSON.stringify(vector)];
      const expected = vector.bytes > 123 ? 'SyntaxError' : 'nothing';
      expect(new TextEncoder().encode(reason).length, what).to.equal(vector.bytes);
      expect(thrown(() => connect(url('/echo')).close(1000, reason)), what).to.equal(expected);
      expect(thrown(() => new WebSocket(url('/echo')).close(1000, reason)), `${what} natively`).to.equal(expected);
    }
  });

  it('takes and refuses subprotocols as the vectors and the browser do', () => {
    for (const list of vectors.protocols.accepted) {
      expect(ours(url('/protocol'), list), JSON.stringify(list)).to.equal('nothing');
      expect(native(url('/protocol'), list), `${JSON.stringify(list)} natively`).to.equal('nothing');
    }
    for (const list of vectors.protocols.refused) {
      expect(ours(url('/protocol'), list), JSON.stringify(list)).to.equal('SyntaxError');
      expect(native(url('/protocol'), list), `${JSON.stringify(list)} natively`).to.equal('SyntaxError');
    }
  });

  it('resolves and refuses URLs as the vectors and the browser do', () => {
    for (const [text, resolved] of vectors.urls.accepted) {
      expect(ourUrl(text), text).to.equal(resolved);
      expect(nativeUrl(text), `${text} natively`).to.equal(resolved);
    }
    for (const text of vectors.urls.refused) {
      expect(ours(text), text).to.equal('SyntaxError');
      expect(native(text), `${text} natively`).to.equal('SyntaxError');
    }
  });

  it('resolves relative URLs against the page’s base as the vectors and the browser do', () => {
    // Firefox takes the page's own URL for the base.
    const isJudge = engine !== 'firefox';
    for (const [base, text, resolved] of vectors.urls.relative) {
      expect(withBase(base, () => ourUrl(text)), `${text} at ${base}`).to.equal(resolved);
      if (isJudge) expect(withBase(base, () => nativeUrl(text)), `${text} at ${base} natively`).to.equal(resolved);
    }
    for (const [base, text] of vectors.urls.relativeRefused) {
      expect(withBase(base, () => ours(text)), `${text} at ${base}`).to.equal('SyntaxError');
      if (isJudge) expect(withBase(base, () => native(text)), `${text} at ${base} natively`).to.equal('SyntaxError');
    }
    expect([ourUrl('/echo'), nativeUrl('/echo')]).to.deep.equal([url('/echo'), url('/echo')]);
  });

  it('does what the browser does with arguments of other kinds', () => {
    const spelled = (value) => ({ toString: () => value });
    const protocols = [undefined, null, '', 'a', 1, true, {}, [null], [[]], ['a', 'b'], [1, '1'], new Set(['a', 'b']), spelled('a'), Symbol('s'), [Symbol('s')]];
    const constructed = [
      ...[[], [undefined], [null], [1], [Symbol('s')], [spelled(url('/echo'))], [new URL(url('/echo'))]],
      ...[...protocols, { [Symbol.iterator]: 1 }].map((value) => [url('/echo'), value]),
    ];
    // Firefox has a SyntaxError for the empty URL, and a TypeError where the iterator is null.
    if (engine !== 'firefox') constructed.push([''], [url('/echo'), { [Symbol.iterator]: null, toString: () => 'a' }]);
    const made = constructed.map((values) => thrown(() => new ReconnectingWebSocket(...values).close()));
    expect(made).to.deep.equal(constructed.map((values) => native(...values)));

    const long = 'a'.repeat(124);
    const closed = [
      ...[[1000, undefined], [1000, null], [1000, 1], [1000, {}], [1000, spelled(long)], [1000, Symbol('s')]],
      ...[[Symbol('s')], [1000n], [{ valueOf: () => 3000 }]],
      // Both are converted before either is looked at, and the code is looked at first.
      ...[[1, long], [1, Symbol('s')], [Symbol('s'), long]],
    ];
    const close = (make, values) => thrown(() => make().close(...values));
    const ended = closed.map((values) => close(() => connect(url('/echo')), values));
    expect(ended).to.deep.equal(closed.map((values) => close(() => new WebSocket(url('/echo')), values)));

    // A reason without a code: Chromium takes the missing code for 0, and WebKit does not look at the reason.
    for (const [reason, expected, inWebKit] of [
      ['short', 'nothing', 'nothing'],
      [long, 'SyntaxError', 'nothing'],
    ]) {
      expect(close(() => connect(url('/echo')), [undefined, reason])).to.equal(expected);
      const natively = { chromium: 'InvalidAccessError', firefox: expected, webkit: inWebKit }[engine];
      expect(close(() => new WebSocket(url('/echo')), [undefined, reason]), 'natively').to.equal(natively);
    }
  });

  it('keeps what must stay secret out of its errors', () => {
    let error;
    try {
      connect('ws://ann:secret@[1::2::3]/live?token=abc#top');
    } catch (caught) {
      error = caught;
    }
    expect(error).to.be.instanceOf(DOMException);
    expect(error.message).not.to.match(/secret|token|abc|top/);
    expect(thrown(() => connect(url('/echo'), ['secret token']))).to.equal('SyntaxError');
  });

  it('has the ready states on the class and on its prototype', () => {
    for (const [name, value] of Object.entries(vectors.readyStates)) {
      expect(ReconnectingWebSocket[name]).to.equal(value);
      expect(ReconnectingWebSocket.prototype[name]).to.equal(value);
    }
    expect(engine).to.be.oneOf(['chromium', 'firefox', 'webkit']);
  });
});
